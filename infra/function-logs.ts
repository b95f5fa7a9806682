import { CfnResource, type Stack } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';

/** Has the functions of the CDK's own write where logs end: the groups that they would make keep theirs for ever. */
export function keepFunctionLogs(stack: Stack, retention: RetentionDays): void {
  const logs = new LogGroup(stack, 'FunctionLogs', { retention });
  for (const resource of stack.node.findAll()) {
    if (!CfnResource.isCfnResource(resource) || resource.cfnResourceType !== 'AWS::Lambda::Function')
      continue;
    resource.addPropertyOverride('LoggingConfig.LogGroup', logs.logGroupName);
  }
}
