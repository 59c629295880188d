import { all, anyCase, type Place } from './place.ts'

/** What stands in paths and queries. */
export const IN_LINKS: readonly Place[] = [
  [all(String.raw`\b(?:sips?|turns?):[^\s:@/"'<>{}]{1,60}:([^\s:@"'<>{}]{3,100})@`), false],
  [all(String.raw`/upload(?:/v\d)?/(?![\da-f]+(?![\w-]))([\w-]{60,})`), true],
  [all(String.raw`(?:PushToken\[|:)(APA91b[\w-]{40,}|[\w-]{18,}(?=\]))`), false],
  [all(String.raw`/3/device/([\da-f]{40,})`), false],
  [all(String.raw`otpauth-migration://offline\?data=([\w%+/=-]{16,})`), false],
  [all(String.raw`[?&](?:ak|sn|s|verify)=([\w-]{24,})`), true],
  [all(String.raw`[?&]md5=([\w-]{22})(?![\w-])`), true],
  [all(String.raw`/IncomingWebhook/([\da-f]{32})`), false],
  [all(String.raw`/IncomingWebhook/[^/\s]{1,60}/[\w-]{36}/([\w-]{20,})`), false],
  [all(String.raw`/private-([\da-f]{24,})`), false],
  [all(String.raw`\boobCode=([\w-]{20,})`), false],
  [all(String.raw`[?&]h=([\da-f]{40,})`), false],
  [anyCase(String.raw`[?&][a-z]{1,3}key=([\w-]{16,})`), true],
  [all(String.raw`\bv[01]=([\da-f]{32,})`), false],
  [all(String.raw`/(?:reset_password|invite|invitation|websocket)/([\w-]{16,})`), true],
  [all(String.raw`/(?:webhook|hooks?(?:/[\w-]{10,30})?|inputs|receiver/v1/http|guest-carts)/([\w=-]{12,})`), true],
  [all(String.raw`/api/(?=[\w-]*[A-Z])(?=[\w-]*\d)([\w-]{30,})(?=[/?\s"])`), true],
  [all(String.raw`(?:^|[?&\s])u(?:ser(?:name)?)?=[^&\s]{1,80}&p=([^&\s"{]{6,})`), true],
  [all(String.raw`(?:feeds/calendars|ical/[\w.%@-]{1,100})/([\w-]{24,})`), true],
  [anyCase(String.raw`\b(?:launch|md|sesskey|pares|pareq|cres|creq)=([\w%+/-]{10,})`), true],
  [all(String.raw`/(?:hooks/catch/\d{1,12}|with/key|magic|confirm-email)/([\w-]{12,})`), true],
  [all(String.raw`infura\.io/v3/([\da-f]{32})`), false],
  [
    all(
      String.raw`/(?:flow|login|sign-?in|sso|session|authorize|claim|register|enroll|pair)/(?![\da-f-]{32,36}(?!\w))([\w-]{30,})`,
    ),
    true,
  ],
  [all(String.raw`/cpsess(\d{10})`), false],
  [all(String.raw`\bssecurity=([\w+/%=]{8,})`), true],
  [all(String.raw`/wpush/v\d/([\w-]{20,})`), true],
  [all(String.raw`^POST /(?:(?:v\d{1,2}|rpc|ws|archive)/){0,2}([\w-]{32,128})/?(?=[ ?])`), true],
  [all(String.raw`/import/([\w-]{40,})|/t(?:oken|icket)s/([\w.-]{40,})`), true],
]
