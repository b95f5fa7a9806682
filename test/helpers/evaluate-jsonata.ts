export type Scope = Readonly<Record<string, unknown>>;

/**
 * A value with what is between `{%` and `%}` in it put in: of JSONata only texts, numbers, variables with their fields,
 * `&`, `=`, `$substring` and `$parse`.
 *
 * @throws when an expression has anything else, or names what is not there
 */
export function evaluateJsonata(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') {
    const [, expression] = /^\{%(.*)%\}$/s.exec(value) ?? [];
    if (expression !== undefined) return evaluateExpression(expression, scope);
    if (value.includes('{%')) throw new Error(`${value}: only a whole text is an expression`);
    return value;
  }
  if (Array.isArray(value)) return value.map((item) => evaluateJsonata(item, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, evaluateJsonata(field, scope)]),
  );
}

function evaluateExpression(expression: string, scope: Scope): unknown {
  const tokens = [...expression.matchAll(/'[^']*'|\$[\w.]+|\d+|[^\s]/g)].map(([token]) => token);

  function comparison(): unknown {
    const left = joined();
    if (tokens[0] !== '=') return left;
    tokens.shift();
    return left === joined();
  }
  function joined(): unknown {
    const parts = [term()];
    while (tokens[0] === '&') {
      tokens.shift();
      parts.push(term());
    }
    return parts.length === 1 ? parts[0] : parts.join('');
  }
  function term(): unknown {
    const token = tokens.shift() ?? '';
    if (token.startsWith("'")) return token.slice(1, -1);
    if (/^\d+$/.test(token)) return Number(token);
    if (!/^\$\w/.test(token)) throw new Error(`${expression}: unknown ${token}`);
    return tokens[0] === '(' ? called(token, argumentsOf()) : variable(token.slice(1));
  }
  function argumentsOf(): unknown[] {
    const args: unknown[] = [];
    do {
      tokens.shift();
      args.push(comparison());
    } while (tokens[0] === ',');
    if (tokens.shift() !== ')') throw new Error(`${expression}: no )`);
    return args;
  }
  function variable(path: string): unknown {
    let found: unknown = scope;
    for (const name of path.split('.')) {
      if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) {
        throw new Error(`${expression}: there is no $${path}`);
      }
      found = (found as Scope)[name];
    }
    return found;
  }
  function called(name: string, [text, from, length]: readonly unknown[]): unknown {
    if (name === '$parse' && typeof text === 'string') return JSON.parse(text);
    if (name === '$substring' && typeof text === 'string') {
      return text.slice(Number(from), Number(from) + Number(length));
    }
    throw new Error(`${expression}: unknown ${name}, or not of a text`);
  }

  const value = comparison();
  if (tokens.length > 0) throw new Error(`${expression}: unknown ${tokens.join(' ')}`);
  return value;
}
