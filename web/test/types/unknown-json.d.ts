// The type of parsed JSON is `unknown`, because the JSON comes from outside. With TypeScript's own
// declarations, the type would be `any`, which disables all checks.

interface JSON {
  parse(text: string, reviver?: (this: unknown, key: string, value: unknown) => unknown): unknown;
}

interface Body {
  json(): Promise<unknown>;
}
