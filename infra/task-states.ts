/** Where a state machine runs its tasks, and of which definition. */
export interface TaskPlace {
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly containerName: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
}

type CapacityProviderStrategy = readonly { readonly CapacityProvider: string; readonly Weight: number }[];

export const onDemand: CapacityProviderStrategy = [{ CapacityProvider: 'FARGATE', Weight: 1 }];

/** For what may be interrupted, as it is done again. */
export const mostlySpot: CapacityProviderStrategy = [
  { CapacityProvider: 'FARGATE', Weight: 1 },
  { CapacityProvider: 'FARGATE_SPOT', Weight: 4 },
];

export const minute = 60;
export const hour = 60 * minute;

/** A task of Fargate that runs one command of `cdi`, waited for; a word in `{% %}` is a variable of the execution. */
export function runTask(
  place: TaskPlace,
  command: readonly string[],
  capacityProviderStrategy: CapacityProviderStrategy,
) {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    Arguments: {
      Cluster: place.clusterArn,
      TaskDefinition: place.taskDefinitionArn,
      CapacityProviderStrategy: capacityProviderStrategy,
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: place.subnetIds,
          SecurityGroups: [place.securityGroupId],
          AssignPublicIp: 'DISABLED',
        },
      },
      Overrides: { ContainerOverrides: [{ Name: place.containerName, Command: command }] },
    },
    Retry: [retry(3)],
    Output: {},
  };
}

export function retry(attempts: number) {
  return {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 30,
    BackoffRate: 3,
    MaxDelaySeconds: 15 * minute,
    MaxAttempts: attempts,
    JitterStrategy: 'FULL',
  };
}
