import { all, anyCase, type Place } from './place.ts'

/** What messages as a whole say, and elements of HTML and XML. */
export const IN_MESSAGES: readonly Place[] = [
  // Of requests whose target says what they send.
  [
    anyCase(
      String.raw`^(?:PUT|POST|PATCH) [^\s?]{0,400}/(?:[\w.-]{0,60}(?:password|passwd|secret|token|api[_-]?key)|secrets?/[\w.-]{1,60})(?:\?\S{0,400})? HTTP[^]{1,4000}?\r\n\r\n[^]{0,400}?\b(?:value|data)"?\s?[:=]\s?"?([^"&\s{]{8,})`,
    ),
    false,
  ],
  [
    anyCase(
      String.raw`^(?:PUT|POST|PATCH) [^\s?]{0,400}/[\w.-]{0,60}(?:password|passwd|secret|token|api[_-]?key)(?:\?\S{0,400})? HTTP[^]{1,4000}?\r\n\r\n([^\s{}<>"&=]{8,})\s{0,4}$`,
    ),
    false,
  ],
  [
    anyCase(String.raw`\ncontent-type: \S{1,60}-(?:password|secret|token)\r\n(?:[^]{0,4000}?\r\n)?\r\n([^\s{]{6,})$`),
    true,
  ],
  [
    anyCase(
      String.raw`^(?:PUT|POST|PATCH) [^\s?]{0,400}[/_-](?:otp|totp|[2t]fa|mfa|pairing|passcode|verify|verifications?)\b\S{0,400} HTTP[^]{1,4000}?\r\n\r\n[^]{0,400}?\b(?:code|value)"?\s?[:=]\s?"?(\d{4,14})\b`,
    ),
    false,
  ],
  [all(String.raw`^\s*\{\s*"value"\s*:\s*"([\w.~+/=-]{24,200})"\s*\}\s*$`), true],
  [all(String.raw`\r\n\r\n(?:\{"value":)?"([\w.~+/=-]{24,200})"\}?$`), true],
  [all(String.raw`\r\n\r\n(?=[^\r\n]*[A-Z])([\w.~+/-]{32,200}={0,2})\s?$`), true],
  [
    anyCase(
      String.raw`>[\w ]{0,30}(?:password|passwd|token|secret|api ?key)(?! (?:type|name|expir))[\w ]{0,20}:?</(?:name|key|th|td|dt|b|strong)>\s*(?:<[^<>]{1,60}>\s*){1,2}([^<>\s]{6,})`,
    ),
    false,
  ],
  [
    anyCase(
      String.raw`>[\w $['".-]{0,60}(?:password|_pw|token|secret|key|csrf|csrftoken|sess\w{0,3}id)['"\]]{0,2}</(?:th|td|dt|b|strong)>\s*(?:<[^<>]{1,60}>\s*){1,3}(?:&#x27;|&#39;|&quot;|["'])?([^<>\s&{]{8,})`,
    ),
    true,
  ],
  [all(String.raw`<(?:\w+:)?password>\{([^{}<>]{16,})\}`), false],
  [all(String.raw`<D>([\w+/=]{16,})</D>`), false],
  [anyCase(String.raw`<\w{0,20}(?:sid|session|token)><!\[CDATA\[([^\]{\s]{6,})\]`), true],
  [all(String.raw`AccessLicenseNumber>([A-Z\d]{10,})<`), false],
  [
    anyCase(
      String.raw`<(?:\w+:)?(?:api_?key|log_?in_?(?:return|result)|authenticate_?(?:return|result))(?:\s[^<>]{1,200})?>([^<>\s{]{8,})<`,
    ),
    true,
  ],
]
