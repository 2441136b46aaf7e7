import type { en } from './en/index.ts'

/** English is the source: its keys and the values of its texts are those of every language. */
type English = typeof en

/** One of the texts of ocm. */
export type TextKey = keyof English

/** A text in English, letter by letter: what a command reads is checked against the names of its options. */
export type EnglishText<Key extends TextKey> = English[Key]

/** What stands between the braces of a template. */
type Braces<T extends string> = T extends `${string}{${infer Inner}}${infer Rest}`
  ? Inner | Braces<Rest>
  : never
/** A template without its optional parts. */
type Always<T extends string> = T extends `${infer Before}[${string}]${infer After}`
  ? `${Before}${Always<After>}`
  : T

type NameOf<Inner extends string> = Inner extends `/${string}`
  ? never
  : Inner extends `${infer Name}#${string}`
    ? Name
    : Inner extends `${infer Name}:${string}`
      ? Name
      : Inner extends `${infer Name}@${string}`
        ? Name
        : Inner

type ValueOf<T extends string, Name extends string> = T extends
  | `${string}{${Name}:${string}`
  | `${string}{${Name}#${string}`
  ? number
  : string | number

type Filled<T extends string, Needed extends string> = {
  readonly [Name in Needed]: ValueOf<T, Name>
} & { readonly [Name in Exclude<NameOf<Braces<T>>, Needed>]?: ValueOf<T, Name> | undefined }

/** The values of each text; those of `[…]` alone may be missing. Made once for each key that is used. */
type Params = {
  [Key in TextKey]: English[Key] extends `${string}{${string}`
    ? Filled<English[Key], NameOf<Braces<Always<English[Key]>>>>
    : Record<never, never>
}

type Meet<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never

/** The values of a text; of several keys, the values that fit each of them. */
export type ParamsOf<Key extends TextKey> = Meet<Params[Key]>

/**
 * The arguments after a key: none are needed when no value is. The values are looked up before the key is compared: of a
 * key that was narrowed by a comparison the compiler would look at all of them once more.
 */
export type ParamsAfter<Key extends TextKey, Found = ParamsOf<Key>> = [Key] extends [PlainKey]
  ? [params?: keyof Found extends never ? Readonly<Record<string, never>> : Found]
  : [params: Found]

/** Texts that need no value. */
export type PlainKey = {
  [Key in TextKey]: English[Key] extends `${string}{${string}`
    ? NameOf<Braces<Always<English[Key]>>> extends never
      ? Key
      : never
    : Key
}[TextKey]

/**
 * Texts whose values come with a code, from a closed list of the core or from a file of its: they are known when the
 * program runs, not when it is compiled.
 */
export type CodedKey = Extract<
  TextKey,
  `${'reason' | 'error' | 'condition' | 'past' | 'timeline' | 'setting' | 'doctor' | 'cli.error' | 'cli.usage' | 'http.error' | 'add-seen'}.${string}`
>

/** Keys whose text in another language uses a value that the English one does not have, or not always. */
export type Unfit<Texts extends Readonly<Record<TextKey, string>>> = {
  [Key in TextKey]: Texts[Key] extends `${string}{${string}`
    ? NameOf<Braces<Texts[Key]>> extends NameOf<Braces<English[Key]>>
      ? NameOf<Braces<Always<Texts[Key]>>> extends NameOf<Braces<Always<English[Key]>>>
        ? never
        : Key
      : Key
    : never
}[TextKey]
