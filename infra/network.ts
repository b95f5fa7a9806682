import { Validations } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
  type ISubnet,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { KeyServiceConfig, NetworkConfig } from './config.ts';

export interface NetworkProps {
  readonly network: NetworkConfig;
  readonly keyService: KeyServiceConfig;
  readonly logRetention: RetentionDays;
}

/** Where tasks run: without a way to the internet, and nobody can call them. */
export class Network extends Construct {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly tasks: SecurityGroup;

  constructor(scope: Construct, id: string, { network, keyService, logRetention }: NetworkProps) {
    super(scope, id);
    this.vpc = network.kind === 'new' ? this.newVpc(network.cidr, logRetention) : existingVpc(this, network);
    this.subnets = this.vpc.isolatedSubnets;
    this.tasks = new SecurityGroup(this, 'Tasks', {
      vpc: this.vpc,
      description: 'Tasks of corporate data ingestion',
      allowAllOutbound: false,
    });
    // S3 and DynamoDB have gateways, whose addresses are not of the VPC.
    this.tasks.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS');
    if (keyService.kind === 'dks') {
      const port = Number(new URL(keyService.url).port || 443);
      this.tasks.addEgressRule(Peer.ipv4(keyService.cidr), Port.tcp(port), 'Data key service');
    }
    if (network.kind === 'new') this.addEndpoints();
  }

  private newVpc(cidr: string, logRetention: RetentionDays): Vpc {
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(cidr),
      maxAzs: 99,
      subnetConfiguration: [{ name: 'tasks', subnetType: SubnetType.PRIVATE_ISOLATED }],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
      flowLogs: {
        All: {
          destination: FlowLogDestination.toCloudWatchLogs(
            new LogGroup(this, 'FlowLogs', { retention: logRetention }),
          ),
        },
      },
    });
    Validations.of(vpc).acknowledge({
      id: 'CloudFormation-Validate::W3010',
      reason: 'the configuration names the zones, so that synthesis need not ask',
    });
    return vpc;
  }

  private addEndpoints(): void {
    const endpoints = new SecurityGroup(this, 'Endpoints', {
      vpc: this.vpc,
      description: 'AWS for tasks of corporate data ingestion',
      allowAllOutbound: false,
    });
    endpoints.addIngressRule(this.tasks, Port.tcp(443), 'Tasks');
    for (const [name, service] of Object.entries(endpointServices)) {
      this.vpc.addInterfaceEndpoint(name, { service, open: false, securityGroups: [endpoints] });
    }
  }
}

function existingVpc(scope: Construct, network: NetworkConfig & { readonly kind: 'existing' }): IVpc {
  Validations.of(scope).acknowledge({
    id: 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'the routes of an existing network are its own',
  });
  return Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: network.vpcId,
    vpcCidrBlock: network.cidr,
    availabilityZones: [...network.availabilityZones],
    isolatedSubnetIds: [...network.subnetIds],
  });
}

/** What tasks call, and what Fargate needs to start them. */
const endpointServices = {
  Sqs: InterfaceVpcEndpointAwsService.SQS,
  Kms: InterfaceVpcEndpointAwsService.KMS,
  Glue: InterfaceVpcEndpointAwsService.GLUE,
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  EcrApi: InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
};
