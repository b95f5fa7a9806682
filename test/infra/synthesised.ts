import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { catalogueContents } from '../../infra/catalogue-contents.ts';
import { environments } from '../../infra/environments.ts';
import { IngestionStack } from '../../infra/stack.ts';

/** A part of a template, as deep as CloudFormation likes. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly dependsOn: readonly string[];
  /** What becomes of it when it is no longer in the template. */
  readonly deletionPolicy: string | undefined;
}

/** The resources of an environment, as `cdk synth` makes them; fails where that would, for cdk-nag's findings, too. */
export async function synthesised(name: keyof typeof environments): Promise<readonly Resource[]> {
  const outdir = await mkdtemp(join(tmpdir(), 'cdi-synth-'));
  try {
    const file = new URL('../../cdk.json', import.meta.url);
    const { context } = JSON.parse(await readFile(file, 'utf8')) as { context: Record<string, unknown> };
    const app = new App({ outdir, context, analyticsReporting: false });
    const stack = new IngestionStack(app, 'Stack', {
      config: environments[name],
      catalogue: await catalogueContents(),
    });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const { template } = app.synth().getStackArtifact(stack.artifactId) as { template: Template };
    return Object.entries(template.Resources).map(
      ([id, { Type, Properties, DependsOn = [], DeletionPolicy }]) => ({
        id,
        type: Type,
        properties: Properties,
        dependsOn: [DependsOn].flat(),
        deletionPolicy: DeletionPolicy,
      }),
    );
  } finally {
    await rm(outdir, { recursive: true });
  }
}

interface Template {
  readonly Resources: Record<
    string,
    {
      readonly Type: string;
      readonly Properties: JsonObject;
      readonly DependsOn?: string | string[];
      readonly DeletionPolicy?: string;
    }
  >;
}
