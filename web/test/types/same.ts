// Comparisons of types. `holds<Same<A, B>>()` does not compile if A and B differ.

/** The type `true` if two types are identical, and not only assignable to each other. */
export type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The public members of a class. */
export type Public<T> = { [K in keyof T]: T[K] };

export function holds<_ extends true>() {}
