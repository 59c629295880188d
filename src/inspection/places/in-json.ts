import { all, anyCase, type Place } from './place.ts'

/** What members of JSON say of each other. */
export const IN_JSON: readonly Place[] = [
  [anyCase(String.raw`(?:factor|mfa|sms|[2t]fa)_?token"\s?:\s?"?(\d{4,8})\b`), false],
  [all(String.raw`"otpauth:[^{}]{0,400}"(?:image|qr\w{0,5})"\s?:\s?"([^"{]{100,})"`), false],
  [all(String.raw`"(?:image|qr\w{0,5})"\s?:\s?"([^"{]{100,})"[^{}]{0,400}"otpauth:`), false],
  [all(String.raw`"(?:encoded|SecretID|thoughtSignature)"\s*:\s*"([^"\\]{16,})"`), true],
  [all(String.raw`"card_token"\s*:\s*"(\d{12,19})"`), false],
  [anyCase(String.raw`"authorization"\s*:\s*\[?"[a-z][\w-]{2,30} ([\w.+/=~-]{16,})`), true],
  [all(String.raw`"symmetricKey"\s?:\s?\{"primaryKey"\s?:\s?"([\w+/=]{16,})`), true],
  [anyCase(String.raw`"setup_?code"\s?:\s?"(\d[\d-]{6,})`), false],
  [
    all(String.raw`"method"\s*:\s*"(?:[\w.]{1,40}[._])?log_?in"[^\[\]]{0,80}\[(?:"[^"]{0,60}",){0,3}"([^"{]{8,})"\]`),
    true,
  ],
  [all(String.raw`"(?:user|device|pairing)_?code"\s*:\s*"([A-Z\d]{6,12})"`), false],
  [all(String.raw`"cookies"\s*:\s*\[[^\]]{0,400}?"value"\s*:\s*"([^"\\]{16,})"`), true],
  [all(String.raw`"key"\s*:\s*"value"\s*,\s*"value"\s*:\s*"([^"\\]{12,})"`), true],
  [all(String.raw`"token"\s*:\s*"(\d{6})"`), false],
  [all(String.raw`"token"\s*:\s*\{[^{}]{0,200}?"value"\s*:\s*"([^"\\]{16,})"`), true],
  [all(String.raw`"(?:user|device|pairing)_?code"\s*:\s*"([A-Z\d]{3,6}(?:-[A-Z\d]{3,6})+)"`), false],
  [all(String.raw`"random_(?:password|string|bytes)"[^]{0,600}?"(?:result|base64)"\s*:\s*"([^"]{8,})"`), false],
  [all(String.raw`"random_(?:password|string|bytes)"[^]{0,600}?"(?:bcrypt_hash|hex)"\s*:\s*"([^"]{8,})"`), false],
  [all(String.raw`"value"\s*:\s*"([^"\\]{6,})"[^{}]{0,80}"(?:sensitive|masked)"\s*:\s*true`), true],
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
  [all(String.raw`"access"\s*:\s*"([A-Z\d]{16,})"[^{}]{0,60}"secret"`), true],
  [all(String.raw`"username"\s*:\s*"(?![\da-f]{8}-[\da-f]{4}-)([\w-]{32,})"`), true],
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
  [anyCase(String.raw`"(?:id_?tag|rfid|ssecurity)"\s*:\s*"([\w+/=]{8,})"`), true],
  [all(String.raw`"params"\s*:\s*\[\s?"(?!0x|bc1|tb1)(?=\w*[g-zG-Z])(?=\w*[0OIl_-])([\w-]{24,200})"`), true],
  [anyCase(String.raw`"new_?value"\s*:\s*"([^"\\{]{8,})"`), true],
  [all(String.raw`value"\s*:\s*"([^"\\{]{8,})"[^{}]{0,80}public"\s*:\s*false`), true],
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
  [anyCase(String.raw`"sca_?authentication_?data"\s*:\s*"(\d{4,10})"`), false],
  [anyCase(String.raw`"(?:beamer|inbound|upload|drop)_?(?:address|email)"\s*:\s*"([^"@{]{8,}@[^"{]{4,})"`), true],
  [
    all(
      String.raw`"result"\s*:\s*"(?!0x|[\da-f]{40}"|[\da-f]{48,}"|[\da-f]{8}-|[a-z]{2,12}1[a-z\d]{38,}")([\w.~+/=-]{20,200})"`,
    ),
    true,
  ],
  [all(String.raw`"(?:to|registration_ids?)"\s*:\s*\[?"([\w-]{8,}:APA91b[\w-]{20,})`), false],
]
