import { inTables } from './suspicious-tables.ts'
import { inTexts } from './suspicious-texts.ts'
// Written a second time on purpose, as `suspicious-values.ts`: one look at what stands before a value, in commands, statements, tables and cookies.

/** Finds what follows options, statements and words that take a password, and what stands in columns and cookies. */
export function* suspiciousPlaces(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const [pattern, mustBeMixed] of PLACES)
    for (const match of text.matchAll(pattern)) {
      const value = match.slice(1).find(Boolean) ?? ''
      if (value.startsWith('{{') || value.startsWith('***')) continue
      if (!mustBeMixed || isMixed(value)) yield match.index + match[0].lastIndexOf(value)
    }
  yield* inCookies(text, isMixed)
  yield* inCredentials(text, isMixed)
  yield* inHeaderFields(text, isMixed)
  yield* inLinks(text, isMixed)
  yield* inLists(text)
  yield* inCalls(text, isMixed)
  yield* inTables(text, isMixed)
  yield* inTexts(text, isMixed)
}

const V = String.raw`["']?([^\s"'<>|;&{},\\]{4,600})`
const all = (pattern: string): RegExp => new RegExp(pattern, 'g')
const anyCase = (pattern: string): RegExp => new RegExp(pattern, 'gi')

/** Patterns, and whether what they find has to look drawn as well. */
export const PLACES: readonly (readonly [pattern: RegExp, mustBeMixed: boolean])[] = [
  [
    anyCase(
      String.raw`(?<![\w-])--?[\w.-]{0,30}(?:pass|passwd|password|token|secret|auth|key)["']?(?:[ \t,=]{1,5}|\r?\n[ \t]{0,40}(?:- )?)${V}`,
    ),
    true,
  ],
  [anyCase(String.raw`(?<![\w-])--?[\w-]{0,30}pass(?:in|out)?[ \t]{1,4}pass:${V}`), false],
  [
    all(
      String.raw`\b(?:mysql|mariadb|sshpass|sqlcmd|osql|zip|mosquitto|mongo|(?:docker|podman|az|oc)\s+login)\w*[^\n]{0,160}?\s-[pP][ \t]?${V}`,
    ),
    false,
  ],
  [all(String.raw`\b(?:redis-cli|ldap\w+)[^\n]{0,160}?\s-[aw][ \t]${V}`), false],
  [all(String.raw`\s(?:-u|-a|--user|--auth)[ =]["']?[^\s:"'/]{1,60}:(?!//)${V}`), false],
  [
    all(
      String.raw`\b(?:setx|set|header|configure set)\s+["']?[\w.-]{0,40}(?:key|KEY|Key|token|TOKEN|Token|secret\w*|SECRET|auth)["']?\s+${V}`,
    ),
    true,
  ],
  [all(String.raw`ConvertTo-SecureString\s+${V}`), false],
  [anyCase(String.raw`\b(?:identified\s+by|password)\s+'([^'\n]{4,200})'`), false],
  [all(String.raw`\bLOGIN \S{1,100} ${V}|\bPASS ${V}`), false],
  [all(String.raw`\bAUTH (?:PLAIN|LOGIN|XOAUTH2) ([\w+/=]{8,})`), false],
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
  [
    anyCase(
      String.raw`\b(?:MD5|SHA(?:-?\d{3})?)[ \t]+"?([^\s"'{]{6,})(?="?[ \t]+(?:priv[ \t]+)?(?:AES|DES)\b)|(?<=\b(?:MD5|SHA(?:-?\d{3})?)[ \t]+\S{6,200}[ \t]+(?:priv[ \t]+)?)(?:AES|DES)(?:[ -]?\d{3})?[ \t]+"?([^\s"'{]{6,})`,
    ),
    false,
  ],
  [
    anyCase(
      String.raw`(?:^|\n)[ \t]*[\w.-]{0,40}(?:tokens?|secrets?|passwords?|api_?keys?):[ \t]*(?:\r?\n[ \t]{0,60}- [^\r\n]{1,200}){0,20}?\r?\n[ \t]{0,60}- ["']?([^\s"'{:]{8,})["']?(?=[\r\n]|$)`,
    ),
    true,
  ],
  [all(String.raw`\b(?:sips?|turns?):[^\s:@/"'<>{}]{1,60}:([^\s:@"'<>{}]{3,100})@`), false],
  [anyCase(String.raw`(?:factor|mfa|sms|[2t]fa)_?token"\s?:\s?"?(\d{4,8})\b`), false],
  [all(String.raw`\b[\da-f]{10}:0:[\da-f]{128}:([\da-f]{128})`), false],
  [all(String.raw`\bsess:([\w-]{20,})`), false],
  [all(String.raw`/upload(?:/v\d)?/(?![\da-f]+(?![\w-]))([\w-]{60,})`), true],
  [all(String.raw`"otpauth:[^{}]{0,400}"(?:image|qr\w{0,5})"\s?:\s?"([^"{]{100,})"`), false],
  [all(String.raw`"(?:image|qr\w{0,5})"\s?:\s?"([^"{]{100,})"[^{}]{0,400}"otpauth:`), false],
  [anyCase(String.raw`\|[ \t]*[\w .-]{0,40}(?:password|token|secret|key)[ \t]*\|[ \t]*([^|\s]{6,})`), true],
  [
    anyCase(
      String.raw`(?<!public\w{0,12})(?:key|token|secret|password|psk)\b["']?\)?\s{0,2}(?::[^\n="']{1,30}=|=|\{)\s?[@$]?["']([^"'\s]{8,})["']`,
    ),
    true,
  ],
  [all(String.raw`\bENV\s\w{0,40}(?:TOKEN|KEY|SECRET|PAT|PASSWORD)\s${V}`), true],
  [all(String.raw`::add-mask::([^\s"'\\{]{6,})`), false],
  [all(String.raw`\bpsk["']?\s?[:=]\s?["']([^"']{8,})["']`), false],
  [all(String.raw`"(?:encoded|SecretID|thoughtSignature)"\s*:\s*"([^"\\]{16,})"`), true],
  [all(String.raw`(?:PushToken\[|:)(APA91b[\w-]{40,}|[\w-]{18,}(?=\]))`), false],
  [all(String.raw`/3/device/([\da-f]{40,})`), false],
  [all(String.raw`\bssn["']?\s?[:=]\s?["']?(\d{3}-\d\d-\d{4})`), false],
  [all(String.raw`\bcv[cnv]2?(?:_?number|_?code)?["'\]]{0,2}\s?[:=]\s?["']?(\d{3,4})\b`), false],
  [all(String.raw`"card_token"\s*:\s*"(\d{12,19})"`), false],
  [anyCase(String.raw`"authorization"\s*:\s*\[?"[a-z][\w-]{2,30} ([\w.+/=~-]{16,})`), true],
  [anyCase(String.raw`identified\s+with\s+\w{1,40}\s+by\s+'([^'\n{]{4,200})'`), false],
  [all(String.raw`account\.key\.[\w.-]{1,80}"?\s?[:=]\s?"?([\w+/]{40,}={0,2})`), true],
  [all(String.raw`"symmetricKey"\s?:\s?\{"primaryKey"\s?:\s?"([\w+/=]{16,})`), true],
  [all(String.raw`(?:^|\n)[^\r\n:"]{0,120}:\s(?:PSK|EAP|XAUTH|RSA \S+)\s"([^"{]{4,200})"`), false],
  [anyCase(String.raw`"setup_?code"\s?:\s?"(\d[\d-]{6,})`), false],
  [all(String.raw`otpauth-migration://offline\?data=([\w%+/=-]{16,})`), false],
  [all(String.raw`[?&](?:ak|sn|s|verify)=([\w-]{24,})`), true],
  [all(String.raw`[?&]md5=([\w-]{22})(?![\w-])`), true],
  [all(String.raw`/IncomingWebhook/([\da-f]{32})`), false],
  [all(String.raw`/IncomingWebhook/[^/\s]{1,60}/[\w-]{36}/([\w-]{20,})`), false],
  [all(String.raw`/private-([\da-f]{24,})`), false],
  [
    all(String.raw`"method"\s*:\s*"(?:[\w.]{1,40}[._])?log_?in"[^\[\]]{0,80}\[(?:"[^"]{0,60}",){0,3}"([^"{]{8,})"\]`),
    true,
  ],
  [all(String.raw`:\d{1,10}:[\da-f]{32}:([\da-f]{32}):::`), false],
  [anyCase(String.raw`\b(?:code|pin|passcode)\b:?\s(\d{3}[ -]\d{3})(?!\w)`), false],
  [all(String.raw`"(?:user|device|pairing)_?code"\s*:\s*"([A-Z\d]{6,12})"`), false],
  [all(String.raw`\bApiKey\s([\w+/=]{20,})`), false],
  [all(String.raw`\blive_(\d{6,}_[A-Za-z\d]{20,})`), false],
  [all(String.raw`"cookies"\s*:\s*\[[^\]]{0,400}?"value"\s*:\s*"([^"\\]{16,})"`), true],
  [all(String.raw`"key"\s*:\s*"value"\s*,\s*"value"\s*:\s*"([^"\\]{12,})"`), true],
  [all(String.raw`(?:^|\n)\w{0,30}KEY=base64:([\w+/=]{30,})`), false],
  [all(String.raw`\boobCode=([\w-]{20,})`), false],
  [all(String.raw`"token"\s*:\s*"(\d{6})"`), false],
  [all(String.raw`"token"\s*:\s*\{[^{}]{0,200}?"value"\s*:\s*"([^"\\]{16,})"`), true],
  [all(String.raw`"(?:user|device|pairing)_?code"\s*:\s*"([A-Z\d]{3,6}(?:-[A-Z\d]{3,6})+)"`), false],
  [all(String.raw`-stdin[^\n]{0,100}<<<\s*["']?([^\s"']{6,})`), false],
  [all(String.raw`\becho\s(?:-n\s)?["']?([^\s"'|]{6,})["']?\s*\|[^\n]{1,100}-stdin`), false],
  [all(String.raw`issecret=true[^\]\n]{0,60}\]([^\s"'\\{]{6,})`), false],
  [all(String.raw`[?&]h=([\da-f]{40,})`), false],
  [anyCase(String.raw`[?&][a-z]{1,3}key=([\w-]{16,})`), true],
  [all(String.raw`user\.info["']?\s?[:=]\s?["']?[^\s:"']{1,60}:([^\s"']{8,})`), true],
  [all(String.raw`\blogin\s+\S{1,100}\s+password\s+(\S{4,})`), false],
  [all(String.raw`chpasswd:[^{}]{0,60}?\s[\w-]{1,30}:([^\s:{]{4,})`), false],
  [
    anyCase(
      String.raw`\b(?:password|passcode|token|secret|key|code|pin)\s(?:is:?\s)?["']?([^\s"'<>;,{}]{4,200}?)(?=[.,;!?]?(?:["'\s<]|$))`,
    ),
    true,
  ],
  [anyCase(String.raw`\b(?:code|pin|passcode)[\s+]is[\s+](\d{4,8})\b`), false],
  [anyCase(String.raw`\b(\d{4,8})[\s+]is[\s+]your\b`), false],
  [all(String.raw`"random_(?:password|string|bytes)"[^]{0,600}?"(?:result|base64)"\s*:\s*"([^"]{8,})"`), false],
  [all(String.raw`"random_(?:password|string|bytes)"[^]{0,600}?"(?:bcrypt_hash|hex)"\s*:\s*"([^"]{8,})"`), false],
  [all(String.raw`"value"\s*:\s*"([^"\\]{6,})"[^{}]{0,80}"(?:sensitive|masked)"\s*:\s*true`), true],
  [
    all(String.raw`\bvariable\s+"[\w-]*(?:token|key|secret|password)"\s*\{[^{}]{0,300}?default\s*=\s*"([^"]{6,})"`),
    true,
  ],
  [all(String.raw`\bsecrets?\s*=\s*\{[^{}]{0,300}?"([^"]{12,})"`), true],
  [all(String.raw`<(?:\w+:)?password>\{([^{}<>]{16,})\}`), false],
  [all(String.raw`\bv[01]=([\da-f]{32,})`), false],
  [all(String.raw`\b(?:response|mac|oauth_signature|oauth_token)="([^"]{12,})"`), true],
  [all(String.raw`/(?:reset_password|invite|invitation|websocket)/([\w-]{16,})`), true],
  [all(String.raw`/(?:webhook|hooks?(?:/[\w-]{10,30})?|inputs|receiver/v1/http|guest-carts)/([\w=-]{12,})`), true],
  [all(String.raw`/api/(?=[\w-]*[A-Z])(?=[\w-]*\d)([\w-]{30,})(?=[/?\s"])`), true],
  [all(String.raw`(?:^|[?&\s])u(?:ser(?:name)?)?=[^&\s]{1,80}&p=([^&\s"{]{6,})`), true],
  [
    all(String.raw`(?:nonce|security)["']?\s{0,4}[:=]\s{0,4}["']?((?=\d*[a-f])(?=[a-f]*\d)[\da-f]{10})(?![\da-z])`),
    false,
  ],
  [anyCase(String.raw`\bpassword(?:\s|\+)'([^'\n{]{4,200})'`), false],
  [all(String.raw`^\s*\{\s*"value"\s*:\s*"([\w.~+/=-]{24,200})"\s*\}\s*$`), true],
  [all(String.raw`\r\n\r\n(?:\{"value":)?"([\w.~+/=-]{24,200})"\}?$`), true],
  [
    anyCase(
      String.raw`"method"\s*:\s*"[\w.]*(?:privkey|(?<!unlock|new)account)"[^[\]]{0,80}\[(?:"[a-z]{1,20}",){0,2}"(?!0x|[13]|bc1)([^"{]{10,})"`,
    ),
    true,
  ],
  [all(String.raw`"params"\s*:\s*\["([^"{]{10,})"[^{}]{0,60}"[\w.]*(?:passphrase|unlockAccount)"`), true],
  [
    anyCase(
      String.raw`"kty"[^{}]{0,2000}?"(?:d|k)"\s*:\s*"([\w-]{16,})"|"(?:d|k)"\s*:\s*"([\w-]{16,})"[^{}]{0,2000}?"kty"`,
    ),
    false,
  ],
  [
    all(String.raw`(?:snmp-server community|isakmp key|\b(?:password|secret) \d|-key \d{1,5} md5)\s([^\s"'{]{6,})`),
    false,
  ],
  [all(String.raw`(?:feeds/calendars|ical/[\w.%@-]{1,100})/([\w-]{24,})`), true],
  [anyCase(String.raw`\b(?:launch|md|sesskey|pares|pareq|cres|creq)=([\w%+/-]{10,})`), true],
  [all(String.raw`<D>([\w+/=]{16,})</D>`), false],
  [
    anyCase(
      String.raw`"(?:value|v)"\s*:\s*"([^"{]{6,})"[^{}]{0,60}?"(?:key|field|k)"\s*:\s*"\w{0,40}(?:password|secret|token|api_?key)"`,
    ),
    true,
  ],
  [
    anyCase(
      String.raw`"(?:k|field|type)"\s*:\s*"\w{0,40}(?:password|secret|token|api_?key)"[^{}]{0,60}?"(?:value|v)"\s*:\s*"([^"{]{6,})"`,
    ),
    true,
  ],
  [anyCase(String.raw`(?:password|secret|token|api_?key)["']?:(?:\s[|>][-+]?)?\s*\n\s+([^\s{]{6,})\s*(?:\n|$)`), true],
  [all(String.raw`\b(?:SecretKey|requirepass|masterauth)\s+["']?([^\s"'{]{6,})`), true],
  [all(String.raw`/(?:hooks/catch/\d{1,12}|with/key|magic|confirm-email)/([\w-]{12,})`), true],
  [all(String.raw`"access"\s*:\s*"([A-Z\d]{16,})"[^{}]{0,60}"secret"`), true],
  [all(String.raw`"username"\s*:\s*"(?![\da-f]{8}-[\da-f]{4}-)([\w-]{32,})"`), true],
  [all(String.raw`infura\.io/v3/([\da-f]{32})`), false],
  [all(String.raw`"(?:role_id|secret_id|secret_id_accessor|accessor|salt)"\s*:\s*"([^"\\]{16,})"`), true],
  [all(String.raw`"data"\s*:\s*\{\s*"data"\s*:\s*\{[^{}]{0,600}?"[\w-]+"\s*:\s*"([A-Za-z\d]{24,})"`), true],
  [all(String.raw`"keys(?:_base64)?"\s*:\s*\["([\w+/=]{32,})"`), true],
  [all(String.raw`"keys"\s*:\s*\["[\w+/=]{32,}","([\w+/=]{32,})"`), true],
  [all(String.raw`"hash"\s*:\s*\{[^{}]{0,200}?"value"\s*:\s*"([^"\\]{16,})"`), true],
  [all(String.raw`"password"\s*:\s*\{[^{}]{0,300}?"(?:example|default)"\s*:\s*"([^"\\]{4,})"`), false],
  [all(String.raw`"string_value"\s*:\s*"([^"\\]{12,})"`), true],
  [
    anyCase(
      String.raw`"name"\s*:\s*"[\w-]{0,40}(?:otp|code|verif|auth|pin)[\w-]{0,40}"[^]{0,400}?"text"\s*:\s*"(\d{4,8})"`,
    ),
    false,
  ],
  [all(String.raw`\bverify_token["']?\s?[:=]\s?["']?([^&\s"'{]{4,200})`), false],
  [all(String.raw`\b(?:Bearer|Basic)\s\{([\w+/=.-]{20,})\}`), true],
  [anyCase(String.raw`<\w{0,20}(?:sid|session|token)><!\[CDATA\[([^\]{\s]{6,})\]`), true],
  [
    all(
      String.raw`/(?:flow|login|sign-?in|sso|session|authorize|claim|register|enroll|pair)/(?![\da-f-]{32,36}(?!\w))([\w-]{30,})`,
    ),
    true,
  ],
  [all(String.raw`/cpsess(\d{10})`), false],
  [anyCase(String.raw`"(?:id_?tag|rfid|ssecurity)"\s*:\s*"([\w+/=]{8,})"`), true],
  [all(String.raw`"params"\s*:\s*\[\s?"(?!0x|bc1|tb1)(?=\w*[g-zG-Z])(?=\w*[0OIl_-])([\w-]{24,200})"`), true],
  [all(String.raw`\bssecurity=([\w+/%=]{8,})`), true],
  [all(String.raw`/wpush/v\d/([\w-]{20,})`), true],
  [all(String.raw`\bSETUSER [^\n"]{1,200}? >([^\s"'{]{4,200})`), false],
  [all(String.raw`"(?:requirepass|masterauth)"\r?\n\d{1,3}\) "([^"\n{]{4,200})"`), false],
  [
    anyCase(
      String.raw`(?:^|\n)[ \t]*\w{0,30}(?:key|token|secret|password|_accessor)[ \t]+(?:\|[ \t]+)?([^\s"'{|]{8,512})[ \t]*(?=\r?\n|$)`,
    ),
    true,
  ],
  [all(String.raw`\bKey \d{1,2}: ([\w+/=]{20,})`), true],
  [
    anyCase(
      String.raw`\b(\d{4,8}) (?:ist (?:Ihr|dein)|es (?:tu|su)|est (?:votre|ton)|\xc3\xa8 il (?:tuo|suo)) [\w\x80-\xff-]{0,20}c(?:o|\xc3\xb3)?d`,
    ),
    false,
  ],
  [anyCase(String.raw`"new_?value"\s*:\s*"([^"\\{]{8,})"`), true],
  [all(String.raw`value"\s*:\s*"([^"\\{]{8,})"[^{}]{0,80}public"\s*:\s*false`), true],
  [all(String.raw`_authToken[\s=]+([\w-]{20,})`), true],
  // `-n` writes to no file, so the user name comes first.
  [
    all(
      String.raw`\bhtpasswd\s+-(?:(?=\w{0,6}n)\w{0,6}b|(?!\w{0,6}n)\w{0,6}b\w{0,6}\s+\S{1,120})\w{0,6}\s+\S{1,60}\s+([^\s"'{]{4,})`,
    ),
    false,
  ],
  [all(String.raw`"dataValue"\s*:\s*"([\w+/=]{20,})"|"name"\s*:\s*"([^"]{8,})"\s*,\s*"transactionKey"`), true],
  [
    anyCase(
      String.raw`(?:secret|recovery|backup|lookup)_?codes"[^{}]{0,60}"text"\s*:\s*\{\s*"text"\s*:\s*"([^"{]{6,})"`,
    ),
    false,
  ],
  [
    anyCase(
      String.raw`(?:secret|recovery|backup|lookup)_?codes"[^{}]{0,60}"text"\s*:\s*\{\s*"text"\s*:\s*"[^"{ ]{6,}, ([^"{]{6,})"`,
    ),
    false,
  ],
  [anyCase(String.raw`"type"\s*:\s*"CONCEALED"[^{}]{0,200}"value"\s*:\s*"([^"{]{6,})"`), false],
  [anyCase(String.raw`"(?:sms|otp|totp|mfa|2fa|flash_?call)"\s*:\s*\{[^{}]{0,80}"code"\s*:\s*"(\d{4,8})"`), false],
  [all(String.raw`AccessLicenseNumber>([A-Z\d]{10,})<`), false],
  [anyCase(String.raw`"sca_?authentication_?data"\s*:\s*"(\d{4,10})"`), false],
  [anyCase(String.raw`"(?:beamer|inbound|upload|drop)_?(?:address|email)"\s*:\s*"([^"@{]{8,}@[^"{]{4,})"`), true],
  [
    anyCase(String.raw`\b(?:mod|form|logout|fp_|secure_?|verif-|auth_?|check_?)hash["']?\s?[:=]\s?["']?(\w{10,})`),
    true,
  ],
  [all(String.raw`^POST /(?:(?:v\d{1,2}|rpc|ws|archive)/){0,2}([\w-]{32,128})/?(?=[ ?])`), true],
  [all(String.raw`/import/([\w-]{40,})|/t(?:oken|icket)s/([\w.-]{40,})`), true],
  [all(String.raw`\r\n\r\n(?=[^\r\n]*[A-Z])([\w.~+/-]{32,200}={0,2})\s?$`), true],
  [
    anyCase(
      String.raw`<(?:\w+:)?(?:api_?key|log_?in_?(?:return|result)|authenticate_?(?:return|result))(?:\s[^<>]{1,200})?>([^<>\s{]{8,})<`,
    ),
    true,
  ],
  [
    all(
      String.raw`"result"\s*:\s*"(?!0x|[\da-f]{40}"|[\da-f]{48,}"|[\da-f]{8}-|[a-z]{2,12}1[a-z\d]{38,}")([\w.~+/=-]{20,200})"`,
    ),
    true,
  ],
  [anyCase(String.raw`csrf-?token["']?\s?[:=]\s?["']?(0\.\d{8,})`), false],
  [all(String.raw`"(?:to|registration_ids?)"\s*:\s*\[?"([\w-]{8,}:APA91b[\w-]{20,})`), false],
]

/** What is given to a call that logs in or unlocks, by its place. */
function* inCalls(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const [pattern, list, mustBeMixed] of CALLS)
    for (const match of text.matchAll(pattern)) {
      const rest = match[1] ?? ''
      const start = match.index + match[0].lastIndexOf(rest)
      for (const one of rest.matchAll(list)) {
        const value = one[1] ?? ''
        if (!mustBeMixed || isMixed(value)) yield start + one.index + one[0].lastIndexOf(value)
      }
    }
}

const LOGS_IN =
  '(?:log_?in|logon|sign_?in|auth|authenticate|authorize|set_?password|change_?password|(?:get|create|new|start|open)_?session(?:_?key)?)'
const IN_QUOTES = /"(?!0x|[13mn][A-Za-z\d]{25,34}"|(?:bc1|tb1))([^"{}\\]{8,})"/g
const IN_ELEMENT = /<value>\s*(?:<string>)?([^<>{}\s]{8,})</g
const CALLS: readonly (readonly [call: RegExp, value: RegExp, mustBeMixed: boolean])[] = [
  [
    anyCase(
      String.raw`"(?:op|cmd|command|event|action|func|procedure|method)"\s*:\s*"(?:[\w.]{1,40}[._/])?${LOGS_IN}"[^[\]{}]{0,200}\[([^[\]{}]{8,2000})\]`,
    ),
    IN_QUOTES,
    true,
  ],
  [
    anyCase(String.raw`"operation"\s*:\s*"\w{1,20}user(?:\([^()"]{0,400}\))?"[^[\]{}]{0,80}\[([^[\]{}]{8,2000})\]`),
    IN_QUOTES,
    true,
  ],
  [
    anyCase(
      String.raw`"method"\s*:\s*"\w{0,40}(?:passphrase|unlockaccount|newaccount)"[^[\]{}]{0,80}\[([^[\]{}]{8,2000})\]`,
    ),
    IN_QUOTES,
    false,
  ],
  [
    anyCase(
      String.raw`<methodName>\s*(?:(?:[\w.]{1,40}[._:])?${LOGS_IN}|(?:wp|metaWeblog|blogger|mt)\.\w+|execute(?:_kw)?)\s*</methodName>([^]{8,4000})`,
    ),
    IN_ELEMENT,
    true,
  ],
  [all(String.raw`<methodResponse>\s*<params>\s*<param>(\s*<value>[^]{8,300}?)</param>\s*</params>`), IN_ELEMENT, true],
]

/** What follows the scheme in a field with credentials. */
function* inCredentials(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const match of text.matchAll(/(?:^|\n)(?:proxy-)?authorization: ?[a-z][\w.-]*( [^\r\n]{8,4000})/gi)) {
    const [line, rest = ''] = match
    for (const one of rest.matchAll(/[:;= "]([\w.+/~=-]{16,})/g))
      if (isMixed(one[1] ?? '')) yield match.index + line.length - rest.length + one.index + 1
  }
}

/** Cookies that look drawn, in a header field or a line of a log; of one with several parts each. */
function* inCookies(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const { index, 0: line } of text.matchAll(/\bCookie:[^\r\n"]{1,4000}/gi))
    for (const match of line.matchAll(/(?:=|%7C|--|[.:|])([^;,\s"={}%.:|]{16,}?)(?=[;,\s"={}%.:|]|--|$)/g))
      if (isMixed(match[1] ?? '')) yield index + match.index + match[0].length - (match[1] ?? '').length
}

/** What header fields hold in whose names stands that they are signed, and requests in those that nobody knows. */
function* inHeaderFields(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const match of text.matchAll(/(?:^|\n)([\w-]*(?:signature|hmac)[\w-]*): ([^\r\n]{16,4000})/gi)) {
    const [line, name = '', value = ''] = match
    if (/^dkim|-(?:input|version|nonce|timestamp|id|certificate)$/i.test(name)) continue
    for (const one of value.matchAll(/(?:^|[=:,\s"])([\w+/-]{20,}={0,2})/g))
      if (isMixed(one[1] ?? ''))
        yield match.index + line.length - value.length + one.index + one[0].length - (one[1] ?? '').length
  }
  const head = /^[A-Z]{3,10} \S{1,8000} HTTP\/1\.[01]\r\n(?:[\w-]{1,80}:[^\r\n]*\r\n)+/.exec(text)?.[0] ?? ''
  for (const match of head.matchAll(/\n([\w-]+): ?([\w.~+/=-]{16,})(?=\r)/g)) {
    const [line, name = '', value = ''] = match
    if (!KNOWN_FIELD.test(name) && isMixed(value)) yield match.index + line.length - value.length
  }
}

const KNOWN_FIELD =
  /^(?:(?=[\w-]*(?:reference|sdk|certificate|transid)$)|accept|access|alt|authorization|cache|content|cookie|date|etag|expect|forwarded|from|host|if-|last|link|location|origin|pragma|prefer|proxy|range|referer|sec-|soapaction|te$|trace|upgrade|user-agent|via|x-forwarded|x-amz|x-goog|x-ms|x-b3|x-cloud|ms-cv|x-github|x-datadog|x-client|sentry|baggage|b3|newrelic|grpc|apollo|npm|stripe|cf-|fly-|idempotency|signature|surrogate|uber|x-requested|x-request|x-correlation|x-stainless)|(?:id|ids|key-?id|uuid|version|type|date|time|timestamp|hash|digest|md5|sha\d*|checksum|agent|nonce|path|url|host|target|region|name|scope|trace|project|tenant|workspace|realm|channel|identifier|(?:retry|idempotency|dedupe?|cache|surrogate|partition|routing)-key)$/i

/** Links that do something for the person who opens them; their name or their path says what. */
function* inLinks(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const [from, inLink] of [
    [ACTING_PATH, /=([\w.~-]{16,})/g],
    [ACTING_NAME, /[/=+]([\w~.-]{12,})(?=[/?&#]|$)/g],
  ] as const)
    for (const match of text.matchAll(from)) {
      const rest = match[1] ?? ''
      const start = match.index + match[0].length - rest.length
      for (const one of rest.matchAll(inLink))
        if (isMixed(one[1] ?? '')) yield start + one.index + one[0].length - (one[1] ?? '').length
    }
}

const ACTIONS = 'reset|magic|invit|verif|activat|confirm|unsubscri|recover|passwordless'
const ACTING_PATH = anyCase(String.raw`/[\w-]{0,20}(?:${ACTIONS})[\w/-]{0,40}\?([^\s"'<>\\#]{16,1000})`)
const ACTING_NAME = anyCase(
  String.raw`"(?:\w{0,20}_)?(?:delet|enroll|pairing|join|incoming|webhook|claim|secret|private|${ACTIONS})[a-z]{0,8}_?(?:url|uri|link|barcode|qr)"\s?:\s?"(https?://[^"\s]{8,1000})`,
)

/** All that stands in a list of codes, tokens or keys. */
function* inLists(text: string): Generator<number> {
  for (const match of text.matchAll(
    /"\w{0,40}(?:_codes|Codes|tokens|secrets|passwords)"\s?:\s?\[([^\][{}]{6,4000})\]/g,
  )) {
    const [whole, list = ''] = match
    if (/^\w*(?:error|status|country|exit|failed|lang)/i.test(whole.slice(1))) continue
    for (const one of list.matchAll(/"([^"\s{}]{6,})"|(?<![\w."])(\d{6,})(?![\w.])/g)) {
      const value = one[1] ?? one[2] ?? ''
      if (/\d/.test(value)) yield match.index + whole.length - list.length - 1 + one.index + one[0].indexOf(value)
    }
  }
}
