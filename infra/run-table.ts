import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface RunTableProps {
  readonly tableName: string;
  readonly key: IKey;
}

/** The table of runs, leases and pauses, with the keys of the job that this replaces. */
export class RunTable extends Construct {
  readonly table: TableV2;
  private readonly key: IKey;

  constructor(scope: Construct, id: string, { tableName, key }: RunTableProps) {
    super(scope, id);
    this.key = key;
    this.table = new TableV2(this, 'Table', {
      tableName,
      partitionKey: { name: 'Correlation_Id', type: AttributeType.STRING },
      sortKey: { name: 'DataProduct', type: AttributeType.STRING },
      // Runs have it, two years ahead; a lease or a pause has not, so neither vanishes by itself.
      timeToLiveAttribute: 'TimeToExist',
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.customerManagedKey(key),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  grantRead(reader: IGrantable): void {
    this.table.grant(reader, ...readActions);
    this.key.grant(reader, 'kms:Decrypt');
  }

  grantWrite(writer: IGrantable): void {
    this.table.grant(
      writer,
      ...readActions,
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
    );
    this.key.grant(writer, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
}

const readActions = ['dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan'];
