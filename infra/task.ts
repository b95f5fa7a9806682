import { Duration, Validations } from 'aws-cdk-lib';
import {
  type ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  type HealthCheck,
  LogDriver,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { TaskSize } from './config.ts';
import { SCRATCH_FOLDER, type TaskEnvironment } from './task-environment.ts';

export interface TaskProps extends TaskEnvironment {
  readonly image: ContainerImage;
  readonly size: TaskSize;
  /** What follows `cdi`, unless whoever starts the task says otherwise. */
  readonly command: string[];
  readonly logRetention: RetentionDays;
  /** Where a consumer tells whether it works; without it nobody asks. */
  readonly healthPort?: number;
  /** At least 21. */
  readonly scratchGiB?: number;
}

/** A task of the one image, which runs any command of `cdi`: it writes nowhere but to its scratch folder. */
export class Task extends Construct implements IGrantable {
  readonly definition: FargateTaskDefinition;
  readonly grantPrincipal: IPrincipal;
  readonly logs: LogGroup;
  readonly containerName = 'cdi';

  constructor(
    scope: Construct,
    id: string,
    { image, size, logRetention, scratchGiB, healthPort, ...container }: TaskProps,
  ) {
    super(scope, id);
    this.definition = new FargateTaskDefinition(this, 'Definition', {
      cpu: size.cpu,
      memoryLimitMiB: size.memoryMiB,
      ...(scratchGiB === undefined ? {} : { ephemeralStorageGiB: scratchGiB }),
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      volumes: [{ name: 'scratch' }],
    });
    Validations.of(this.definition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'secrets come from Secrets Manager; the rest are names and figures',
    });
    Validations.of(this.definition.obtainExecutionRole()).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'a token of ECR is not of a repository',
    });
    this.grantPrincipal = this.definition.taskRole;
    this.logs = new LogGroup(this, 'Logs', { retention: logRetention });
    this.definition
      .addContainer(this.containerName, {
        image,
        ...container,
        ...(healthPort !== undefined && { healthCheck: healthCheck(healthPort) }),
        readonlyRootFilesystem: true,
        // The most that Fargate gives: what is held is written and acknowledged in it.
        stopTimeout: Duration.seconds(120),
        logging: LogDriver.awsLogs({ logGroup: this.logs, streamPrefix: id }),
      })
      .addMountPoints({ containerPath: SCRATCH_FOLDER, sourceVolume: 'scratch', readOnly: false });
  }
}

/** As that of the image, which Fargate does not look at. */
function healthCheck(port: number): HealthCheck {
  const ask = `fetch('http://127.0.0.1:${port}/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))`;
  return {
    command: ['CMD', 'node', '-e', ask],
    interval: Duration.seconds(30),
    timeout: Duration.seconds(5),
    startPeriod: Duration.seconds(30),
    retries: 3,
  };
}
