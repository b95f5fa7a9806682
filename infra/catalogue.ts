import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { toGlueTable } from '../storage/glue-entry.ts';
import type { CatalogueContents } from './catalogue-contents.ts';
import { grant, type Grantee } from './grant.ts';

export interface CatalogueProps {
  readonly contents: CatalogueContents;
  /** The name of the bucket that tables are in. */
  readonly publishedBucket: string;
}

/** Databases and tables of Glue. They stay when the stack goes: with a database go all tables of people's. */
export class Catalogue extends Construct {
  private readonly databases: readonly string[];

  constructor(scope: Construct, id: string, { contents, publishedBucket }: CatalogueProps) {
    super(scope, id);
    this.databases = contents.databases;
    const CatalogId = Stack.of(this).account;
    for (const Name of contents.databases) {
      this.lasting(Name, 'AWS::Glue::Database', { CatalogId, DatabaseInput: { Name } });
    }
    for (const table of contents.tables) {
      const { database: DatabaseName, name } = table;
      const TableInput = toGlueTable(table, publishedBucket);
      this.lasting(`${DatabaseName}.${name}`, 'AWS::Glue::Table', { CatalogId, DatabaseName, TableInput })
        // The name alone says nothing of the order.
        .node.addDependency(this.node.findChild(DatabaseName));
    }
  }

  /** What the program would send to Glue is what CloudFormation takes. */
  private lasting(id: string, type: string, properties: Record<string, unknown>): CfnResource {
    const resource = new CfnResource(this, id, { type, properties });
    resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return resource;
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
