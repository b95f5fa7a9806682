import { hour, minute, mostlySpot, onDemand, retry, runTask, type TaskPlace } from './task-states.ts';

/** What the states of the daily close need to know of the stack. */
export interface CloseDefinitionProps extends TaskPlace {
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
