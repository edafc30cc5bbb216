// JSON from outside has no known type. TypeScript's own declarations say `any`, which would
// disable all checks on it.

interface JSON {
  parse(text: string, reviver?: (this: unknown, key: string, value: unknown) => unknown): unknown;
}

interface Body {
  json(): Promise<unknown>;
}
