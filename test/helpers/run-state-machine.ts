import { mapConcurrently } from '../../storage/map-concurrently.ts';
import { evaluateJsonata, type Scope } from './evaluate-jsonata.ts';

/** As much of Amazon's language for state machines as the daily close speaks. */
export interface StateMachine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Assign?: Readonly<Record<string, unknown>>;
  readonly Output?: unknown;
  readonly Resource?: string;
  readonly Arguments?: unknown;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly Assign?: Readonly<Record<string, unknown>>;
    readonly Next: string;
  }[];
  readonly Seconds?: number;
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Default?: string;
  readonly ItemReader?: {
    readonly Resource: string;
    readonly ReaderConfig: { readonly InputType: string };
    readonly Arguments: unknown;
  };
  readonly ItemProcessor?: StateMachine;
  readonly MaxConcurrency?: number;
  readonly ToleratedFailurePercentage?: number;
  readonly Error?: string;
  readonly Cause?: string;
}

/** The fields that are heeded, and those that change nothing where time does not pass. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pass: ['Assign', 'Output', 'Next', 'End'],
  Task: ['Resource', 'Arguments', 'Retry', 'Catch', 'Assign', 'Output', 'Next', 'End', 'TimeoutSeconds'],
  Wait: ['Seconds', 'Next'],
  Choice: ['Choices', 'Default'],
  Map: [
    ...['ItemReader', 'ItemProcessor', 'MaxConcurrency', 'ToleratedFailurePercentage', 'Output', 'Next'],
    'Label',
  ],
  Succeed: [],
  Fail: ['Error', 'Cause'],
};

/** What the states act on. */
export interface Services {
  /** @throws {StateFailed} what the state machine may retry */
  call(resource: string, args: unknown): Promise<unknown>;
  wait(seconds: number): Promise<void>;
}

/** An error with the name that `Retry` asks for. */
export class StateFailed extends Error {
  readonly error: string;
  constructor(error: string, cause: string) {
    super(cause);
    this.error = error;
  }
}

export type ExecutionEnding =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string };

/** So that an execution that does not come to its end fails the test. */
const MOST_STATES = 60;

/**
 * Runs an execution; a failed attempt is made again at once.
 *
 * @throws when a state says anything that is not understood here, or there is no end
 */
export async function runStateMachine(
  machine: StateMachine,
  execution: { readonly name: string; readonly input: unknown },
  services: Services,
): Promise<ExecutionEnding> {
  let variables: Scope = {};
  let { input } = execution;
  let name: string | undefined = machine.StartAt;
  for (let visited = 0; visited < MOST_STATES; visited += 1) {
    const state: State | undefined = name === undefined ? undefined : machine.States[name];
    if (state === undefined) throw new Error(`no state ${name}`);
    checkFields(state);
    const evaluate = (value: unknown, result?: unknown): unknown => {
      const context = { Execution: { Name: execution.name } };
      return evaluateJsonata(value, { ...variables, states: { input, context, result } });
    };
    if (state.Type === 'Succeed') return { kind: 'succeeded' };
    if (state.Type === 'Fail') {
      return { kind: 'failed', error: String(evaluate(state.Error)), cause: String(evaluate(state.Cause)) };
    }
    if (state.Type === 'Choice') {
      name = state.Choices?.find(({ Condition }) => evaluate(Condition) === true)?.Next ?? state.Default;
      continue;
    }
    try {
      const result = await retried(state, () => act(state, execution.name, evaluate, services));
      const assigned = evaluate(state.Assign ?? {}, result) as Scope;
      input = state.Output === undefined ? (result ?? input) : evaluate(state.Output, result);
      variables = { ...variables, ...assigned };
    } catch (error) {
      if (!(error instanceof StateFailed)) throw error;
      const caught = state.Catch?.find(matches(error));
      if (caught === undefined) return { kind: 'failed', error: error.error, cause: error.message };
      variables = { ...variables, ...(evaluate(caught.Assign ?? {}) as Scope) };
      name = caught.Next;
      continue;
    }
    if (state.End === true) return { kind: 'succeeded' };
    name = state.Next;
  }
  throw new Error(`execution ${execution.name} goes on after ${MOST_STATES} states`);
}

function checkFields(state: State): void {
  const known = FIELDS[state.Type];
  if (known === undefined) throw new Error(`${state.Type}: unknown type of state`);
  const unknown = Object.keys(state).filter((field) => field !== 'Type' && !known.includes(field));
  if (unknown.length > 0) throw new Error(`${state.Type}: unknown ${unknown.join(', ')}`);
}

function matches({ error }: StateFailed): (rule: { readonly ErrorEquals: readonly string[] }) => boolean {
  return ({ ErrorEquals }) => ErrorEquals.some((name) => name === 'States.ALL' || name === error);
}

/** The attempts of one visit. */
async function retried(state: State, attempt: () => Promise<unknown>): Promise<unknown> {
  for (let failed = 0; ; failed += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StateFailed)) throw error;
      if (failed >= (state.Retry?.find(matches(error))?.MaxAttempts ?? 0)) throw error;
    }
  }
}

async function act(
  state: State,
  execution: string,
  evaluate: (value: unknown) => unknown,
  services: Services,
): Promise<unknown> {
  const { Type, Resource, Seconds, ItemReader, ItemProcessor } = state;
  if (Type === 'Pass') return undefined;
  if (Type === 'Task' && Resource !== undefined) {
    return services.call(Resource, evaluate(state.Arguments));
  }
  if (Type === 'Wait' && Seconds !== undefined) {
    await services.wait(Seconds);
    return undefined;
  }
  if (Type !== 'Map' || ItemReader?.ReaderConfig.InputType !== 'JSON' || ItemProcessor === undefined) {
    throw new Error(`a ${Type} that lacks something`);
  }
  const read = (await services.call(ItemReader.Resource, evaluate(ItemReader.Arguments))) as { Body: string };
  const items = JSON.parse(read.Body) as unknown[];
  // An execution of its own: it sees its item, and no variable of ours.
  const children = mapConcurrently(items, Math.min(state.MaxConcurrency ?? 1, 3), (item) =>
    runStateMachine(ItemProcessor, { name: `${execution}-child`, input: item }, services),
  );
  const endings = await Array.fromAsync(children);
  const failed = endings.filter(({ kind }) => kind === 'failed').length;
  if ((100 * failed) / items.length > (state.ToleratedFailurePercentage ?? 0)) {
    throw new StateFailed('States.ExceedToleratedFailureThreshold', `${failed} of ${items.length} failed`);
  }
  return endings;
}
