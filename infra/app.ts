import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { catalogueContents } from './catalogue-contents.ts';
import { configOf } from './environments.ts';
import { IngestionStack } from './stack.ts';

const app = new App();
const environment = app.node.tryGetContext('environment');
new IngestionStack(app, 'CorporateDataIngestion', {
  config: configOf(environment),
  catalogue: await catalogueContents(),
});
Tags.of(app).add('Application', 'corporate-data-ingestion');
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
