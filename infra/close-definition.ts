/** What the states of the daily close need to know of the stack. */
export interface CloseDefinitionProps {
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly containerName: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  readonly publishedBucket: string;
  /** Where the tasks of a run leave what they say to each other, with its final slash. */
  readonly runsPrefix: string;
  /** Shards merged side by side. */
  readonly maxShards: number;
}

/** What starts an execution. */
export interface CloseInput {
  /** The export date to close, `YYYY-MM-DD`; more after it, such as a time, is left out. */
  readonly exportDate: string;
  /** An option of `cdi compact`: `--all`, or `--collection=db:collection`. */
  readonly scope: string;
}

/**
 * The daily close as a state machine, in Amazon's language for them with JSONata. Each task is a command of `cdi`:
 *
 * 1. `heal` announces what never was, for the consumers that run anyway; a queue that is filled all the time is never
 *    empty, so nothing waits for that. After a while it does so again, and there should be nothing left to do.
 * 2. `compact` plans, or goes on with, its run: it publishes what is ready and leaves its answer. While that is
 *    `pending`, every shard is merged by a task of its own, and `compact` looks again.
 *
 * What heal cannot mend, such as an object that the bucket lost, keeps nothing else from tables: the execution fails in
 * the end. A step of `compact` that has left its answer ends well, whichever that is; only one that left none is tried
 * again. A shard that fails in all its attempts does not stop the others: `compact` decides what that means. Whatever fails
 * here, the alarm tells, and the next execution goes on where this one ended.
 */
export function closeDefinition(props: CloseDefinitionProps) {
  const { publishedBucket, runsPrefix, maxShards } = props;
  return {
    QueryLanguage: 'JSONata',
    StartAt: 'Start',
    TimeoutSeconds: 20 * hour,
    States: {
      Start: {
        Type: 'Pass',
        Assign: {
          exportDate: '{% $substring($states.input.exportDate, 0, 10) %}',
          scope: '{% $states.input.scope %}',
          run: '{% $states.context.Execution.Name %}',
          isHealed: true,
        },
        Next: 'Heal',
      },
      Heal: {
        ...runTask(props, ['heal', '--export-date', '{% $exportDate %}'], onDemand),
        TimeoutSeconds: 2 * hour,
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'LetConsumersRead' }],
        Next: 'LetConsumersRead',
      },
      LetConsumersRead: { Type: 'Wait', Seconds: 15 * minute, Next: 'HealAgain' },
      HealAgain: {
        ...runTask(props, ['heal', '--export-date', '{% $exportDate %}'], onDemand),
        TimeoutSeconds: 2 * hour,
        Catch: [{ ErrorEquals: ['States.ALL'], Assign: { isHealed: false }, Next: 'Compact' }],
        Next: 'Compact',
      },
      Compact: {
        ...runTask(props, ['compact', '--run', '{% $run %}', '{% $scope %}'], onDemand),
        TimeoutSeconds: 6 * hour,
        Next: 'ReadAnswer',
      },
      ReadAnswer: {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:s3:getObject',
        Arguments: { Bucket: publishedBucket, Key: `{% '${runsPrefix}' & $run & '/answer.json' %}` },
        Assign: { answer: '{% $parse($states.result.Body) %}' },
        Retry: [retry(5)],
        Next: 'IsDone',
      },
      IsDone: {
        Type: 'Choice',
        Choices: [
          { Condition: "{% $answer.kind = 'done' %}", Next: 'IsHealed' },
          { Condition: "{% $answer.kind = 'pending' %}", Next: 'MergeShards' },
        ],
        Default: 'Failed',
      },
      MergeShards: {
        Type: 'Map',
        Label: 'Shards',
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON' },
          Arguments: { Bucket: publishedBucket, Key: `{% '${runsPrefix}' & $run & '/shards.json' %}` },
        },
        MaxConcurrency: maxShards,
        ToleratedFailurePercentage: 100,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'MergeShard',
          States: {
            MergeShard: {
              ...runTask(props, ['shard', '{% $states.input.job %}'], mostlySpot),
              TimeoutSeconds: 4 * hour,
              End: true,
            },
          },
        },
        Output: {},
        Next: 'Compact',
      },
      IsHealed: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $isHealed %}', Next: 'Done' }],
        Default: 'HealFailed',
      },
      Done: { Type: 'Succeed' },
      HealFailed: {
        Type: 'Fail',
        Error: 'HealFailed',
        Cause: "{% 'all is compacted, but cdi heal --export-date ' & $exportDate & ' failed' %}",
      },
      Failed: {
        Type: 'Fail',
        Error: 'CompactionFailed',
        Cause: "{% 'run ' & $run & ': ' & $answer.reason %}",
      },
    },
  };
}

const minute = 60;
const hour = 60 * minute;

const onDemand = [{ CapacityProvider: 'FARGATE', Weight: 1 }] as const;
/** A shard that is interrupted is merged again. */
const mostlySpot = [
  { CapacityProvider: 'FARGATE', Weight: 1 },
  { CapacityProvider: 'FARGATE_SPOT', Weight: 4 },
] as const;

type CapacityProviderStrategy = readonly { readonly CapacityProvider: string; readonly Weight: number }[];

/** A task of Fargate that runs one command of `cdi`, waited for; a word in `{% %}` is a variable of the execution. */
function runTask(
  props: CloseDefinitionProps,
  command: readonly string[],
  capacityProviderStrategy: CapacityProviderStrategy,
) {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    Arguments: {
      Cluster: props.clusterArn,
      TaskDefinition: props.taskDefinitionArn,
      CapacityProviderStrategy: capacityProviderStrategy,
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: props.subnetIds,
          SecurityGroups: [props.securityGroupId],
          AssignPublicIp: 'DISABLED',
        },
      },
      Overrides: { ContainerOverrides: [{ Name: props.containerName, Command: command }] },
    },
    Retry: [retry(3)],
    Output: {},
  };
}

function retry(attempts: number) {
  return {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 30,
    BackoffRate: 3,
    MaxDelaySeconds: 15 * minute,
    MaxAttempts: attempts,
    JitterStrategy: 'FULL',
  };
}
