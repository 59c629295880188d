import { all, anyCase, type Place } from './place.ts'

/** A word that is the value of an option. */
const V = String.raw`["']?([^\s"'<>|;&{},\\]{4,600})`

/** What stands in commands, statements, configuration, dialogues and sentences. */
export const IN_TEXT: readonly Place[] = [
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
  [all(String.raw`\b[\da-f]{10}:0:[\da-f]{128}:([\da-f]{128})`), false],
  [all(String.raw`\bsess:([\w-]{20,})`), false],
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
  [all(String.raw`\bssn["']?\s?[:=]\s?["']?(\d{3}-\d\d-\d{4})`), false],
  [all(String.raw`\bcv[cnv]2?(?:_?number|_?code)?["'\]]{0,2}\s?[:=]\s?["']?(\d{3,4})\b`), false],
  [anyCase(String.raw`identified\s+with\s+\w{1,40}\s+by\s+'([^'\n{]{4,200})'`), false],
  [all(String.raw`account\.key\.[\w.-]{1,80}"?\s?[:=]\s?"?([\w+/]{40,}={0,2})`), true],
  [all(String.raw`(?:^|\n)[^\r\n:"]{0,120}:\s(?:PSK|EAP|XAUTH|RSA \S+)\s"([^"{]{4,200})"`), false],
  [all(String.raw`:\d{1,10}:[\da-f]{32}:([\da-f]{32}):::`), false],
  [anyCase(String.raw`\b(?:code|pin|passcode)\b:?\s(\d{3}[ -]\d{3})(?!\w)`), false],
  [all(String.raw`\bApiKey\s([\w+/=]{20,})`), false],
  [all(String.raw`\blive_(\d{6,}_[A-Za-z\d]{20,})`), false],
  [all(String.raw`(?:^|\n)\w{0,30}KEY=base64:([\w+/=]{30,})`), false],
  [all(String.raw`-stdin[^\n]{0,100}<<<\s*["']?([^\s"']{6,})`), false],
  [all(String.raw`\becho\s(?:-n\s)?["']?([^\s"'|]{6,})["']?\s*\|[^\n]{1,100}-stdin`), false],
  [all(String.raw`issecret=true[^\]\n]{0,60}\]([^\s"'\\{]{6,})`), false],
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
  [
    all(String.raw`\bvariable\s+"[\w-]*(?:token|key|secret|password)"\s*\{[^{}]{0,300}?default\s*=\s*"([^"]{6,})"`),
    true,
  ],
  [all(String.raw`\bsecrets?\s*=\s*\{[^{}]{0,300}?"([^"]{12,})"`), true],
  [all(String.raw`\b(?:response|mac|oauth_signature|oauth_token)="([^"]{12,})"`), true],
  [
    all(String.raw`(?:nonce|security)["']?\s{0,4}[:=]\s{0,4}["']?((?=\d*[a-f])(?=[a-f]*\d)[\da-f]{10})(?![\da-z])`),
    false,
  ],
  [anyCase(String.raw`\bpassword(?:\s|\+)'([^'\n{]{4,200})'`), false],
  [
    all(String.raw`(?:snmp-server community|isakmp key|\b(?:password|secret) \d|-key \d{1,5} md5)\s([^\s"'{]{6,})`),
    false,
  ],
  [anyCase(String.raw`(?:password|secret|token|api_?key)["']?:(?:\s[|>][-+]?)?\s*\n\s+([^\s{]{6,})\s*(?:\n|$)`), true],
  [all(String.raw`\b(?:SecretKey|requirepass|masterauth)\s+["']?([^\s"'{]{6,})`), true],
  [all(String.raw`\bverify_token["']?\s?[:=]\s?["']?([^&\s"'{]{4,200})`), false],
  [all(String.raw`\b(?:Bearer|Basic)\s\{([\w+/=.-]{20,})\}`), true],
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
  [all(String.raw`_authToken[\s=]+([\w-]{20,})`), true],
  // `-n` writes to no file, so the user name comes first.
  [
    all(
      String.raw`\bhtpasswd\s+-(?:(?=\w{0,6}n)\w{0,6}b|(?!\w{0,6}n)\w{0,6}b\w{0,6}\s+\S{1,120})\w{0,6}\s+\S{1,60}\s+([^\s"'{]{4,})`,
    ),
    false,
  ],
  [
    anyCase(String.raw`\b(?:mod|form|logout|fp_|secure_?|verif-|auth_?|check_?)hash["']?\s?[:=]\s?["']?(\w{10,})`),
    true,
  ],
  [anyCase(String.raw`csrf-?token["']?\s?[:=]\s?["']?(0\.\d{8,})`), false],
]
