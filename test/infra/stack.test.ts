import { access, readFile } from 'node:fs/promises';
import type { Table as GlueTable } from '@aws-sdk/client-glue';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import test from 'ava';
import { catalogueContents } from '../../infra/catalogue-contents.ts';
import { loadCollectionFiles } from '../../schemas/load-collections.ts';
import { readAwsSettings, readSettings, variables } from '../../settings.ts';
import type { Catalogue, Table } from '../../storage/catalogue.ts';
import { definitionOf } from '../../storage/catalogue-entry.ts';
import { collectionTable, ensureCollectionTable } from '../../storage/collection-table.ts';
import { fromGlueTable } from '../../storage/glue-entry.ts';
import { QUARANTINE_TABLE } from '../../storage/quarantine-table.ts';
import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { synthesised, type Json, type JsonObject, type Resource } from './synthesised.ts';

const development = await synthesised('development');
const production = await synthesised('production');
const both = [...development, ...production];

test('R-QSIZE: every queue takes the largest notification of S3, 64 KB', (t) => {
  for (const { properties } of ofType(both, 'AWS::SQS::Queue')) {
    t.true(Number(properties.MaximumMessageSize) >= 64 * 1024);
  }
});

test('R-DLQONLY: whatever is received from has dead letters, and all messages stay for 14 days', (t) => {
  const queues = ofType(production, 'AWS::SQS::Queue');
  t.is(queues.length, 2 + 2 + 1, 'live and reprocess, their dead letters, and those of schedules');
  t.true(queues.every(({ properties }) => properties.MessageRetentionPeriod === 14 * 24 * 60 * 60));
  const redrives = queues.flatMap(({ properties }) => properties.RedrivePolicy ?? []);
  t.is(redrives.length, 2);
  t.is(new Set(redrives.map((redrive) => JSON.stringify(redrive))).size, 2);
  t.true(redrives.every((redrive) => (redrive as { maxReceiveCount: number }).maxReceiveCount === 20));
});

test('new source objects are announced to the live queue, those of our folders only', (t) => {
  for (const resources of [development, production]) {
    const [live] = ofType(resources, 'AWS::SQS::Queue').filter(({ id }) => id.startsWith('LiveQueue'));
    const [notifications, ...others] = ofType(resources, 'Custom::S3BucketNotifications');
    t.deepEqual(others, []);
    t.like(notifications?.properties, {
      NotificationConfiguration: {
        QueueConfigurations: ['ucfs_main', 'ucfs_audit', 'ucfs_equalities'].map((folder) => ({
          Events: ['s3:ObjectCreated:*'],
          Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: `corporate_storage/${folder}/` }] } },
          QueueArn: { 'Fn::GetAtt': [live?.id ?? '', 'Arn'] },
        })),
      },
    });
  }
});

test('R-SCALEIN: tasks are counted by backlog with what is in flight, never by processor use', (t) => {
  const policies = ofType(production, 'AWS::ApplicationAutoScaling::ScalingPolicy');
  t.is(policies.length, 6);
  t.notRegex(JSON.stringify(policies), /CPU|Memory|PredefinedMetric/i);
  const tracking = policies.flatMap(
    ({ properties }) => properties.TargetTrackingScalingPolicyConfiguration ?? [],
  );
  t.is(tracking.length, 2);
  for (const policy of tracking) {
    t.like(policy, { DisableScaleIn: true });
    t.regex(JSON.stringify(policy), /"Expression":"\(visible \+ inFlight\) \* [\d.]+ \/ /);
  }
  const inward = ofType(production, 'AWS::CloudWatch::Alarm').filter(
    ({ properties }) => properties.ComparisonOperator === 'LessThanThreshold' && isScaling(properties),
  );
  t.is(inward.length, 2);
  for (const { properties } of inward) {
    t.regex(JSON.stringify(properties), /IF\(visible \+ inFlight > 0 AND .* <= 1, /);
    t.is(properties.EvaluationPeriods, 15);
  }
});

test('R-SCALEIN: a consumer may protect itself, and has the longest time to finish', (t) => {
  for (const id of ['ConsumeDefinition', 'ConsumeAgainDefinition']) {
    t.true(allows(production, id, 'ecs:UpdateTaskProtection'));
  }
  for (const container of containers(both)) t.is(container.StopTimeout, 120);
});

test('messages that wait where no task runs start one', (t) => {
  const fromZero = ofType(development, 'AWS::CloudWatch::Alarm').filter(({ id }) => /FromZero/.test(id));
  t.is(fromZero.length, 2);
  for (const { properties } of fromZero) {
    t.regex(JSON.stringify(properties), /IF\(visible > 0 AND .* < 1, 1, 0\)/);
  }
});

test('R-SCALEIN: a number of tasks that is late is the last one, not none', (t) => {
  const scaling = both.filter(
    ({ type, properties }) =>
      type === 'AWS::ApplicationAutoScaling::ScalingPolicy' ||
      (type === 'AWS::CloudWatch::Alarm' && isScaling(properties)),
  );
  const expressions = scaling.flatMap(
    ({ properties }) => JSON.stringify(properties).match(/"Expression":"[^"]+"/g) ?? [],
  );
  t.is(expressions.length, 2 * 2 * 3);
  for (const expression of expressions) {
    const rest = expression.replaceAll('FILL(FILL(tasks, REPEAT), 0)', 'running');
    t.regex(rest, /running/);
    t.notRegex(rest, /tasks/);
  }
});

test('services run on ARM, the first tasks on demand and the others on Spot', (t) => {
  for (const { properties } of ofType(both, 'AWS::ECS::TaskDefinition')) {
    t.like(properties, { RuntimePlatform: { CpuArchitecture: 'ARM64' } });
  }
  const strategies = ofType(production, 'AWS::ECS::Service').map(
    ({ properties }) => properties.CapacityProviderStrategy,
  );
  t.deepEqual(strategies, [
    [
      { Base: 2, CapacityProvider: 'FARGATE', Weight: 0 },
      { CapacityProvider: 'FARGATE_SPOT', Weight: 1 },
    ],
    [
      { Base: 0, CapacityProvider: 'FARGATE', Weight: 0 },
      { CapacityProvider: 'FARGATE_SPOT', Weight: 1 },
    ],
  ]);
});

test('services start when Spot is there', (t) => {
  const [providers] = ofType(production, 'AWS::ECS::ClusterCapacityProviderAssociations');
  t.deepEqual(providers?.properties.CapacityProviders, ['FARGATE', 'FARGATE_SPOT']);
  for (const { dependsOn } of ofType(production, 'AWS::ECS::Service')) {
    t.true(dependsOn.includes(providers?.id ?? ''));
  }
});

test('a task writes nowhere but to its scratch folder', (t) => {
  for (const container of containers(both)) {
    t.true(container.ReadonlyRootFilesystem);
    t.like(container.MountPoints, [{ ContainerPath: '/scratch', ReadOnly: false }]);
  }
});

test('every variable that the code reads is set or left at its default on purpose, and no other is set', (t) => {
  const left = [
    'CDI_DDL_FOLDER',
    'CDI_DEBUG',
    'CDI_FLUSH_AGE_MS',
    'CDI_FLUSH_HELD_BYTES',
    'CDI_FLUSH_ROWS',
    'CDI_FLUSH_VAL_BYTES',
    'CDI_IN_FLIGHT_BYTES',
    'CDI_KEY_TIMEOUT_MS',
  ];
  const [consumer] = containers(production).filter(({ Command }) => textOf(Command) === '["consume"]');
  const set = Object.keys(environmentOf(consumer));
  t.deepEqual([...set, ...left].toSorted(), Object.keys(variables).toSorted());
});

test('the settings that the stack makes are settings that the code takes', (t) => {
  for (const container of containers(both)) {
    const environment = environmentOf(container);
    t.notThrows(() => readAwsSettings(environment));
    t.notThrows(() => readSettings(environment));
  }
  const services = containers(production).map((container) => environmentOf(container).CDI_KEY_SERVICE);
  t.deepEqual(services, ['dks', 'dks', undefined, undefined, undefined, undefined]);
});

test('R-HB: a message stays hidden for as long as consumers believe', (t) => {
  for (const { id, properties } of ofType(production, 'AWS::SQS::Queue')) {
    if (/DeadLetters|MissedStarts/.test(id)) continue;
    for (const container of containers(production)) {
      t.is(environmentOf(container).CDI_VISIBILITY_TIMEOUT_MS, `${Number(properties.VisibilityTimeout)}000`);
    }
  }
});

test('whether a consumer works is asked where it answers', (t) => {
  const asked = containers(production).map((container) => {
    const { CDI_HEALTH_PORT: port } = environmentOf(container);
    return port !== undefined && textOf(container.HealthCheck).includes(`127.0.0.1:${port}/health`);
  });
  t.deepEqual(asked, [true, true, false, false, false, false]);
});

test('mutual TLS comes from Secrets Manager, to consumers only', (t) => {
  const names = containers(production).map(({ Secrets = [] }) =>
    (Secrets as readonly JsonObject[]).map(({ Name }) => Name),
  );
  const secrets = ['CDI_DKS_CERTIFICATE', 'CDI_DKS_PRIVATE_KEY', 'CDI_DKS_CA'];
  t.deepEqual(names, [secrets, secrets, [], [], [], []]);
});

test('mutual TLS: what starts a consumer may decrypt its secrets', (t) => {
  const key = 'arn:aws:kms:eu-west-2:222222222222:key/00000000-0000-0000-0000-000000000002';
  const decrypting = statements(production).filter(({ target }) => target.includes(key));
  t.deepEqual(
    decrypting.map(({ role, actions }) => [role.replace(/[\dA-F]{8}$/, ''), ...actions]),
    [
      ['ConsumeDefinitionExecutionRoleDefaultPolicy', 'kms:Decrypt'],
      ['ConsumeAgainDefinitionExecutionRoleDefaultPolicy', 'kms:Decrypt'],
    ],
  );
});

test('R-404, R-HEAL: who reads a bucket is told what is not there, and finds folders of a date from the top', (t) => {
  const listing = statements(both).filter(({ actions }) => actions.includes('s3:ListBucket'));
  t.true(listing.length > 0);
  for (const { role, condition } of listing) t.is(condition, undefined, role);
  const roles = (action: string) =>
    new Set(
      statements(both)
        .filter(({ actions }) => actions.includes(action))
        .map(({ role }) => role),
    );
  t.deepEqual(roles('s3:ListBucket'), roles('s3:GetObject'));
});

test('the corporate bucket is never writable', (t) => {
  for (const resources of [development, production]) {
    const [bucket] = containers(resources).map((container) => environmentOf(container).CDI_CORPORATE_BUCKET);
    for (const { actions, target } of statements(resources)) {
      if (!target.includes(bucket ?? '') && !/BucketsCorporate|"\*"/.test(target)) continue;
      const writing = actions.filter((action) => /^s3:(?!Get|List)|^s3:.*\*|^\*/.test(action));
      // Its notifications, by the function of the CDK.
      t.deepEqual(
        writing.filter((action) => action !== 's3:PutBucketNotification'),
        [],
      );
    }
  }
});

test('R-NODELETEINLINE: only the collector of garbage, and what people start, may delete published files', (t) => {
  const deleting = statements(both).filter(({ actions }) =>
    actions.some((action) => /^s3:Delete/.test(action)),
  );
  t.deepEqual(
    [...new Set(deleting.map(({ role }) => role.replace(/[\dA-F]{8}$/, '')))],
    ['CollectDefinitionTaskRoleDefaultPolicy', 'OperateDefinitionTaskRoleDefaultPolicy'],
  );
});

test('a consumer writes parts and quarantine, and nothing else', (t) => {
  const targets = statements(production)
    .filter(({ role, actions }) => /^Consume/.test(role) && actions.includes('s3:PutObject'))
    .map(({ target }) => target);
  t.is(targets.length, 2);
  for (const target of targets) {
    t.deepEqual(JSON.parse(target), [
      'arn:aws:s3:::cdi-production-published/corporate_data_ingestion/live/*',
      'arn:aws:s3:::cdi-production-published/corporate_data_ingestion/quarantine/*',
    ]);
  }
});

test('R-NOTTL: the table of runs has the keys it had, and cannot be lost', (t) => {
  const [table] = ofType(production, 'AWS::DynamoDB::GlobalTable');
  t.like(table?.properties, {
    TableName: 'data_pipeline_metadata',
    KeySchema: [
      { AttributeName: 'Correlation_Id', KeyType: 'HASH' },
      { AttributeName: 'DataProduct', KeyType: 'RANGE' },
    ],
    TimeToLiveSpecification: { AttributeName: 'TimeToExist', Enabled: true },
    Replicas: [
      {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    ],
  });
});

test('the catalogue has a database for every collection’s tables, and all of it stays when the stack goes', async (t) => {
  const databases = ofType(production, 'AWS::Glue::Database');
  const names = databases.map(({ properties }) => (properties.DatabaseInput as JsonObject).Name);
  t.deepEqual(names, (await catalogueContents()).databases);
  t.true(names.includes('cdi') && names.includes('uc_lab_staging'));
  const lasting = both.filter(({ type }) => /^AWS::(Glue|S3|DynamoDB|KMS)::(?!BucketPolicy)/.test(type));
  t.true(lasting.length > 40);
  for (const { id, deletionPolicy } of lasting) t.is(deletionPolicy, 'Retain', id);
});

test('the program takes the tables of the stack for those it makes itself', async (t) => {
  const bucket = 'cdi-production-published';
  const calls: string[] = [];
  const tables = new Map<string, Table>();
  const catalogue = sqliteCatalogue(':memory:');
  t.teardown(() => catalogue.close());
  for (const { properties, dependsOn } of ofType(production, 'AWS::Glue::Table')) {
    t.true(dependsOn.some((id) => id.startsWith('Cataloguecdi')));
    const { TableInput, DatabaseName } = properties;
    const table = fromGlueTable({ ...(TableInput as JsonObject), DatabaseName } as GlueTable, bucket);
    tables.set(table.name, table);
    await catalogue.createDatabase(table.database);
    t.is((await catalogue.createTable(table)).kind, 'created');
  }
  const counted: Catalogue = {
    ...catalogue,
    async createTable(table) {
      calls.push(table.name);
      return catalogue.createTable(table);
    },
  };
  for (const collection of await loadCollectionFiles()) {
    for (const content of ['changes', 'snapshots'] as const) {
      if (content === 'snapshots' && collection.snapshot === 'none') continue;
      const { name } = await ensureCollectionTable(counted, collection, content);
      const table = tables.get(name);
      t.deepEqual(table && definitionOf(table), collectionTable(collection, content));
      tables.delete(name);
    }
  }
  t.deepEqual(calls, []);
  t.is((await catalogue.createTable(QUARANTINE_TABLE)).kind, 'unchanged');
  // None that publishing moves.
  t.deepEqual([...tables.keys()], ['quarantine']);
});

test('what is closed by a schedule of its own has its tables in the stack', (t) => {
  const names = ofType(production, 'AWS::Glue::Table').map(
    ({ properties }) => (properties.TableInput as JsonObject).Name,
  );
  t.true(
    names.includes('data_businessaudit_changes') && names.includes('calculator_calculationparts_snapshots'),
  );
});

test('uploads that were broken off, and what was replaced, do not stay in the buckets', (t) => {
  const rules = (resources: readonly Resource[], bucket: string) =>
    ofType(resources, 'AWS::S3::Bucket')
      .filter(({ id }) => id.startsWith(`Buckets${bucket}`))
      .flatMap(({ properties }) => (properties.LifecycleConfiguration as JsonObject).Rules as JsonObject[]);
  const abort = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } };
  t.like(rules(development, 'Corporate'), [abort]);
  for (const resources of [development, production]) {
    t.like(rules(resources, 'Published')[0], {
      ...abort,
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      ExpiredObjectDeleteMarker: true,
    });
  }
});

test('who lists databases may see the tables of all of them, and changes only ours', (t) => {
  const all = (target: string) => target.includes(':database/*"') && target.includes(':table/*/*"');
  const listing = statements(both).filter(({ actions }) => actions.includes('glue:GetDatabases'));
  t.deepEqual(
    [...new Set(listing.map(({ role }) => role.replace(/DefinitionTaskRole.*$/, '')))],
    ['Status', 'Collect', 'Operate'],
  );
  for (const { actions, target } of listing) {
    t.true(actions.includes('glue:GetTables') && actions.includes('glue:GetPartitions') && all(target));
  }
  for (const { role, actions, target } of statements(both)) {
    if (actions.some((action) => /^glue:(?!Get|BatchGet)/.test(action))) t.false(all(target), role);
  }
});

test('dates are closed when the job that this replaces ran, in UTC', (t) => {
  const schedules = ofType(production, 'AWS::Scheduler::Schedule')
    .filter(({ id }) => id.startsWith('DailyClose'))
    .map(({ properties }) => ({
      cron: properties.ScheduleExpression,
      zone: properties.ScheduleExpressionTimezone,
      state: properties.State,
      scope: (JSON.parse(textOf((properties.Target as JsonObject).Input)) as { scope: string }).scope,
    }));
  const common = { zone: 'Etc/UTC', state: 'ENABLED' };
  const audit = '--collection=data:businessAudit';
  const parts = '--collection=calculator:calculationParts';
  t.deepEqual(schedules, [
    { cron: 'cron(30 09 ? * 2-7 *)', scope: audit, ...common },
    { cron: 'cron(00 10 ? * 1 *)', scope: audit, ...common },
    { cron: 'cron(30 09 ? * 1-5,7 *)', scope: parts, ...common },
    { cron: 'cron(30 09 ? * 6 *)', scope: parts, ...common },
    { cron: 'cron(30 10 ? * * *)', scope: '--all', ...common },
  ]);
});

test('a schedule that cannot start anything is a dead letter, and an alarm', (t) => {
  for (const resources of [development, production]) {
    const [queue] = ofType(resources, 'AWS::SQS::Queue').filter(({ id }) => id.startsWith('MissedStarts'));
    const schedules = ofType(resources, 'AWS::Scheduler::Schedule');
    t.is(schedules.length, 5 + 1 + 1);
    const arn = { 'Fn::GetAtt': [queue?.id ?? '', 'Arn'] };
    for (const { id, properties } of schedules) {
      const { DeadLetterConfig, RoleArn } = properties.Target as JsonObject;
      t.deepEqual(DeadLetterConfig, { Arn: arn }, id);
      const [role = ''] = (RoleArn as { 'Fn::GetAtt': string[] })['Fn::GetAtt'];
      const sending = statements(resources).filter(
        ({ role: policy, actions, target }) =>
          policy.startsWith(role.slice(0, -8)) &&
          actions.includes('sqs:SendMessage') &&
          target === JSON.stringify(arn),
      );
      t.is(sending.length, 1, id);
    }
    const [alarm] = alarms(resources).filter(({ id }) => id.startsWith('AlarmsMissedStarts'));
    t.deepEqual(alarm?.properties.Dimensions, [
      { Name: 'QueueName', Value: { 'Fn::GetAtt': [queue?.id ?? '', 'QueueName'] } },
    ]);
  }
});

test('garbage is collected every week, is tried again while a collection is in work, and fails with an alarm', (t) => {
  const [schedule] = ofType(production, 'AWS::Scheduler::Schedule').filter(({ id }) =>
    id.startsWith('WeeklyGc'),
  );
  t.like(schedule?.properties, {
    ScheduleExpression: 'cron(00 18 ? * 7 *)',
    ScheduleExpressionTimezone: 'Etc/UTC',
    State: 'ENABLED',
  });
  const [machine] = ofType(production, 'AWS::StepFunctions::StateMachine').filter(({ id }) =>
    id.startsWith('WeeklyGc'),
  );
  t.like(schedule?.properties.Target, { Arn: { Ref: machine?.id ?? '' } });
  const definition = JSON.stringify(machine?.properties.DefinitionString).replaceAll(String.raw`\"`, '"');
  t.true(definition.includes('"Command":["gc"]'));
  t.true(definition.includes('"IntervalSeconds":3600,"BackoffRate":1,"MaxAttempts":5'));
  const [alarm] = alarms(production).filter(({ id }) => id.startsWith('AlarmsGcFailed'));
  t.true(JSON.stringify(alarm?.properties).includes(machine?.id ?? 'none'));
});

test('a state machine may run its task, and wait for its end', (t) => {
  for (const [machine, task] of [
    ['DailyClose', 'Close'],
    ['WeeklyGc', 'Collect'],
  ] as const) {
    const allowed = statements(both).filter(({ role }) => role.startsWith(`${machine}StateMachineRole`));
    for (const [action, target] of [
      ['ecs:RunTask', `${task}Definition`],
      ['iam:PassRole', `${task}DefinitionTaskRole`],
      ['iam:PassRole', `${task}DefinitionExecutionRole`],
      ['ecs:StopTask', 'task/corporate-data-ingestion/*'],
      ['events:PutRule', 'rule/StepFunctionsGetEventsForECSTaskRule'],
    ] as const) {
      const found = allowed.filter((each) => each.actions.includes(action) && each.target.includes(target));
      t.is(found.length, 2, `${machine} ${action} ${target}`);
    }
  }
});

test('debt is counted every hour, by a task that changes nothing', (t) => {
  const [status] = ofType(production, 'AWS::Scheduler::Schedule').filter(({ id }) => id.startsWith('Hourly'));
  t.is(status?.properties.ScheduleExpression, 'rate(1 hour)');
  const actions = statements(production).flatMap((statement) =>
    statement.role.startsWith('StatusDefinitionTaskRole') ? statement.actions : [],
  );
  t.true(actions.includes('sqs:GetQueueAttributes'));
  t.deepEqual(
    actions.filter((action) => /Put|Delete|Create|Update|Send|Receive|GenerateDataKey/.test(action)),
    [],
  );
});

test('R-LIVENESS: everything that may stand still has an alarm', (t) => {
  const names = (resources: readonly Resource[]) =>
    alarms(resources).map(({ id }) => id.replace(/^Alarms/, '').replace(/[\dA-F]{8}$/, ''));
  const inBoth = [
    'CertificateFailed',
    'CloseFailed',
    'CloseStopped',
    'DeadLetters',
    'Debt',
    'GcFailed',
    'InFlight',
    'KeyServiceErrors',
    'MissedStarts',
    'NothingIngestedToday',
    'ObjectsHealed',
    'OldestMessage',
    'QuarantineRate',
    'ReprocessDeadLetters',
    'Watchdog',
  ];
  t.deepEqual(names(development).toSorted(), inBoth);
  t.deepEqual(names(production).toSorted(), ['CertificateMissing', ...inBoth].toSorted());
});

test('an alarm goes to the topic, says how bad it is, and has a page that says what to do', async (t) => {
  const [topic] = ofType(production, 'AWS::SNS::Topic');
  for (const { properties } of alarms(production)) {
    t.deepEqual(properties.AlarmActions, [{ Ref: topic?.id }]);
    const tags = properties.Tags as readonly JsonObject[];
    t.truthy(tags.find(({ Key, Value }) => Key === 'severity' && /^(Critical|High)$/.test(textOf(Value))));
    t.truthy(tags.find(({ Key }) => Key === 'notification_type'));
    const page = /docs\/runbook\/[\w-]+\.md$/.exec(textOf(properties.AlarmDescription))?.[0] ?? 'no page';
    await t.notThrowsAsync(access(new URL(`../../${page}`, import.meta.url)));
  }
});

test('R-LIVENESS: alarms may publish to the topic, and use its key', (t) => {
  for (const resources of [development, production]) {
    const ofCloudWatch = (type: string, policy: string) =>
      ofType(resources, type)
        .flatMap(({ properties }) => (properties[policy] as JsonObject).Statement as readonly JsonObject[])
        .filter(
          ({ Effect, Principal }) =>
            Effect === 'Allow' && textOf(Principal).includes('cloudwatch.amazonaws.com'),
        )
        .flatMap(({ Action }) => Action);
    t.deepEqual(ofCloudWatch('AWS::SNS::TopicPolicy', 'PolicyDocument'), ['sns:Publish']);
    const ofKey = ofCloudWatch('AWS::KMS::Key', 'KeyPolicy');
    t.true(['kms:Decrypt', 'kms:GenerateDataKey*'].every((action) => ofKey.includes(action)));
  }
});

test('an alarm over several metrics needs not all of them to have a value', (t) => {
  const expressions = ofType(both, 'AWS::CloudWatch::Alarm')
    .filter(({ properties }) => !isScaling(properties))
    .flatMap(({ properties }) => (properties.Metrics ?? []) as readonly JsonObject[])
    .flatMap(({ Expression }) => (Expression === undefined ? [] : textOf(Expression)));
  t.true(expressions.length > 0);
  // Arithmetic has no value where one operand has none; lines and quarantined come in one line of the log.
  const shapes = expressions.filter((expression) => !/^SUM\(\[\w+, \w+\]\)$/.test(expression));
  t.deepEqual(new Set(shapes), new Set(['IF(lines > 0, 100 * quarantined / lines, 0)']));
});

test('silence is an alarm where something must happen every day', (t) => {
  const breaching = alarms(production).filter(
    ({ properties }) => properties.TreatMissingData === 'breaching',
  );
  const names = new Set(breaching.map(({ properties }) => properties.MetricName));
  t.deepEqual(names, new Set<Json>(['ObjectsIngested', 'CertificatesIssued', 'DebtParts']));
});

test('every log is kept for a time that somebody chose', (t) => {
  for (const { properties } of ofType(production, 'AWS::Logs::LogGroup'))
    t.is(properties.RetentionInDays, 180);
  for (const { properties } of ofType(development, 'AWS::Logs::LogGroup'))
    t.is(properties.RetentionInDays, 30);
});

test('functions of the CDK write to one of these logs', (t) => {
  for (const resources of [development, production]) {
    const functions = ofType(resources, 'AWS::Lambda::Function');
    t.true(functions.length > 0);
    for (const { properties } of functions) {
      const { LogGroup } = properties.LoggingConfig as { LogGroup: { Ref: string } };
      t.true(ofType(resources, 'AWS::Logs::LogGroup').some(({ id }) => id === LogGroup.Ref));
    }
  }
});

test('tasks reach AWS without a way to the internet, and nobody reaches tasks', (t) => {
  t.is(ofType(development, 'AWS::EC2::VPCEndpoint').length, 9);
  for (const type of ['AWS::EC2::InternetGateway', 'AWS::EC2::NatGateway'])
    t.deepEqual(ofType(both, type), []);
  for (const { id, properties } of ofType(both, 'AWS::EC2::SecurityGroup')) {
    if (/Tasks/.test(id)) t.is(properties.SecurityGroupIngress, undefined);
  }
});

test('cdk.json runs this application, and decides every feature flag', async (t) => {
  const { app, context } = JSON.parse(await readFile(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
    app: string;
    context: object;
  };
  t.true(app.endsWith(' infra/app.ts'));
  t.deepEqual(
    Object.keys(CURRENTLY_RECOMMENDED_FLAGS).filter((flag) => !(flag in context)),
    [],
  );
});

function ofType(resources: readonly Resource[], type: string): readonly Resource[] {
  return resources.filter((resource) => resource.type === type);
}

function isScaling(properties: JsonObject): boolean {
  return textOf(properties.AlarmDescription).startsWith('Scaling:');
}

function textOf(value: Json = ''): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Those that wake people. */
function alarms(resources: readonly Resource[]): readonly Resource[] {
  return ofType(resources, 'AWS::CloudWatch::Alarm').filter(({ properties }) => !isScaling(properties));
}

/** In the order of the stack: consume, consume again, close, status, collect, operate. */
function containers(resources: readonly Resource[]): readonly JsonObject[] {
  return ofType(resources, 'AWS::ECS::TaskDefinition').flatMap(
    ({ properties }) => properties.ContainerDefinitions as readonly JsonObject[],
  );
}

/** What a container is told, with something in place of what only a deployment knows. */
function environmentOf(container: JsonObject = {}): Record<string, string> {
  const entries = [
    ...((container.Environment ?? []) as JsonObject[]),
    ...((container.Secrets ?? []) as JsonObject[]),
  ];
  return Object.fromEntries(
    entries.map(({ Name, Value = 'secret' }) => [
      textOf(Name),
      typeof Value === 'string' ? Value : `https://example.org/${textOf(Value)}`,
    ]),
  );
}

interface Statement {
  /** Of the policy's id. */
  readonly role: string;
  readonly actions: readonly string[];
  /** The resources as JSON. */
  readonly target: string;
  readonly condition: Json | undefined;
}

function statements(resources: readonly Resource[]): readonly Statement[] {
  return ofType(resources, 'AWS::IAM::Policy').flatMap(({ id, properties }) =>
    ((properties.PolicyDocument as JsonObject).Statement as readonly JsonObject[]).map(
      ({ Action, Resource: target, Condition: condition }) => ({
        role: id,
        actions: [Action ?? []].flat() as readonly string[],
        target: JSON.stringify(target),
        condition,
      }),
    ),
  );
}

function allows(resources: readonly Resource[], policy: string, action: string): boolean {
  return statements(resources).some(
    ({ role, actions }) => role.startsWith(policy) && actions.includes(action),
  );
}
