import { Stack } from 'aws-cdk-lib';
import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';
import { grant, type Grantee } from './grant.ts';

export interface CatalogueProps {
  /** Their names. */
  readonly databases: readonly string[];
}

/**
 * The databases of Glue. Their tables and partitions are not of the stack: consumers and the compactor make them when a
 * collection or a date is there, and swap where they are, which a deployment would undo.
 */
export class Catalogue extends Construct {
  private readonly databases: readonly string[];

  constructor(scope: Construct, id: string, { databases }: CatalogueProps) {
    super(scope, id);
    this.databases = databases;
    for (const name of databases) {
      new CfnDatabase(this, name, { catalogId: Stack.of(this).account, databaseInput: { name } });
    }
  }

  /** Seeing tables and partitions of every database: others may have made tables over our files, which gc must not take. */
  grantRead(reader: Grantee): void {
    this.grant(
      reader,
      ['glue:GetDatabases', ...readActions],
      ['*'],
      'tables over our files may be in any database',
    );
  }

  /** Making and changing tables and partitions of our databases, besides seeing them. */
  grantWrite(writer: Grantee): void {
    const reason = 'tables are made when a collection is first seen; the database says whose they are';
    this.grant(writer, [...readActions, ...writeActions], this.databases, reason);
  }

  private grant(
    grantee: Grantee,
    actions: readonly string[],
    databases: readonly string[],
    reason: string,
  ): void {
    const { partition, region, account } = Stack.of(this);
    const arn = (resource: string) => `arn:${partition}:glue:${region}:${account}:${resource}`;
    const inThem = databases.flatMap((name) => [arn(`database/${name}`), arn(`table/${name}/*`)]);
    grant(grantee, { actions, resources: [arn('catalog'), ...inThem], reason });
  }
}

const readActions = [
  'glue:GetDatabase',
  'glue:GetTable',
  'glue:GetTables',
  'glue:GetPartition',
  'glue:GetPartitions',
  'glue:BatchGetPartition',
];

const writeActions = [
  'glue:CreateDatabase',
  'glue:CreateTable',
  'glue:UpdateTable',
  'glue:CreatePartition',
  'glue:BatchCreatePartition',
  'glue:UpdatePartition',
  'glue:BatchUpdatePartition',
];
