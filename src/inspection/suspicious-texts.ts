// Written a second time on purpose, as `suspicious-values.ts`: what stands in elements, pages, links, lines of configurations, and records of changes.

/** Finds what elements, pages, links and lines of configurations hold. */
export function* inTexts(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const [pattern, mustBeMixed] of TEXT_PLACES)
    for (const match of text.matchAll(pattern)) {
      const value = match.slice(1).find(Boolean) ?? ''
      if (value.includes('{{') || value.startsWith('***')) continue
      if (!mustBeMixed || isMixed(value)) yield match.index + match[0].lastIndexOf(value)
    }
  for (const [from, each, mustBeMixed] of LISTS)
    for (const match of text.matchAll(from)) {
      const rest = match[1] ?? ''
      const start = match.index + match[0].lastIndexOf(rest)
      for (const one of rest.matchAll(each)) {
        const value = one[1] ?? ''
        if (!mustBeMixed || isMixed(value)) yield start + one.index + one[0].lastIndexOf(value)
      }
    }
  for (const { index, 0: groups } of text.matchAll(IN_FOURS))
    if (/[g-z]/i.test(groups) && (groups.match(/[a-z][2-7]|[2-7][a-z]/gi) ?? []).length > 1) yield index
}

const all = (pattern: string): RegExp => new RegExp(pattern, 'g')
const anyCase = (pattern: string): RegExp => new RegExp(pattern, 'gi')

/** Patterns, and whether what they find has to look drawn as well. */
export const TEXT_PLACES: readonly (readonly [pattern: RegExp, mustBeMixed: boolean])[] = [
  // Elements.
  [
    anyCase(
      String.raw`>[\w. -]{0,160}(?:password|passphrase|secret|token|seed)</(?:name|key)>\s*<value(?:\s[^<>]{0,100})?>([^<>\s{]{4,})<`,
    ),
    false,
  ],
  [anyCase(String.raw`<(?:[\w-]{1,40}:)?session_?id\s[^<>]{1,200}>([^<>\s{]{8,})<`), true],
  [anyCase(String.raw`\bmechanism=["']plain["'][^<>]{0,200}>([\w+/=]{8,})<`), false],
  [anyCase(String.raw`<(?:pass(?:wd)?(?:\s[^<>]{1,100})?>|password>\s{0,20}<value>)([^<>\s{]{4,})<`), true],
  [
    anyCase(
      String.raw`\b(?:name|key)=["'][\w .-]{0,60}(?:password|passwd|secret|token|api_?key|session_?key|auth)["'][^<>]{0,200}>\s{0,40}<(?:value|val|string|data|text)\b(?:[^<>]{0,200}?(?:string|value|val|data|text)=["']|[^<>]{0,200}>)([^"'<>\s{]{6,})`,
    ),
    true,
  ],
  [
    anyCase(
      String.raw`<[\w:]{0,40}(?:password|passwd|secret|token|api_?key)\s[^<>]{0,200}?\b(?:value|val|data)=["']([^"'<>\s{]{6,})`,
    ),
    true,
  ],
  [anyCase(String.raw`<key_?material>([^<>{]{6,})<`), false],
  [all(String.raw`<[A-Z\d.]{0,30}(?:PASS|PASSWORD|USERKEY|SESSCOOKIE|TOKEN)>([^\s<>{]{4,1024})(?=\s?<[A-Z])`), true],
  // Pages.
  [
    anyCase(
      String.raw`\b(?:value|data-clipboard-text)=["']([^"'\s<>{]{8,})["'][^<>]{0,200}\b(?:aria-label|title)=["'][^"'<>]{0,40}(?:token|password|secret|key)\b`,
    ),
    true,
  ],
  [
    anyCase(
      String.raw`\b(?:aria-label|title)=["'][^"'<>]{0,40}(?:token|password|secret|key)["'][^<>]{0,200}\b(?:value|data-clipboard-text)=["']([^"'\s<>{]{8,})["']`,
    ),
    true,
  ],
  [
    anyCase(
      String.raw`\b(?:verification|security|log-?in|confirmation|access|activation|one-time) (?:code|pin)(?: is)?:?\s{0,9}(?:<[^<>]{1,400}>\s{0,9}){1,12}(\d{4,8})\s{0,9}<`,
    ),
    false,
  ],
  [
    anyCase(
      String.raw`\b(?:this|your|following) (?:code|pin|passcode|otp)\b[^<>.!?]{0,80}(?:<[^<>]{1,400}>\s{0,9}){1,12}(\d{4,8})\s{0,9}<`,
    ),
    false,
  ],
  [anyCase(String.raw`(?:token|password|secret|key)</label>\s{0,9}<input\s[^<>]{0,200}\bvalue="([^"\s{]{8,})"`), true],
  [all(String.raw`["'?&]s=([\da-f]{32})(?![\da-z])`), false],
  [anyCase(String.raw`\b(?:logout|delete|unlock)_?(?:key|hash)["']?\s?[:=]\s?["']?(\w{10,})`), true],
  [
    anyCase(
      String.raw`(?:password|token|secret|\bkey):\s{0,4}(?:</?(?:b|strong|em|i|u|code|kbd|pre|span|font|label|br)\b[^<>]{0,200}>\s{0,9}){1,4}([^\s<>{]{6,})\s{0,9}<`,
    ),
    true,
  ],
  // Links.
  [
    all(
      String.raw`/(?:reset|confirm|activate|verify|unlock|unsubscribe)(?:/(?:\d{1,12}|[A-Za-z\d]{1,6})){0,2}/([\w.~-]{20,})`,
    ),
    true,
  ],
  [
    all(
      String.raw`/(?:reset|confirm|activate|verify|unlock|accept)[-_](?:new[-_])?(?:account|email|user|password|device)(?:[-_]token)?/([\w.~-]{16,})`,
    ),
    true,
  ],
  [all(String.raw`/(?:confirmation|invitation)/([\w.~-]{20,})`), true],
  [all(String.raw`[?&]confirm=([\w.~-]{16,})`), true],
  [all(String.raw`\bWIFI:(?:[TSHR]:[^;\r\n]{0,64};){0,4}P:([^;\\\s{]{4,64});`), false],
  [all(String.raw`/(?:(?:no)?vnc|kvm)[\w./-]{0,40}\?(?:\w{1,20}=[\w.-]{1,30}&){0,4}\w{1,20}=([\w.~-]{32,})`), true],
  [all(String.raw`[?&]response=((?:[\da-f]{8,64}[-$]){0,2}[\da-f]{32,})(?![\w-])`), false],
  // Members.
  [anyCase(String.raw`"\w{0,40}(?:password|trust|verification|reset)_?id"\s?:\s?"([\w-]{32,})"`), true],
  [anyCase(String.raw`"\w{0,40}(?:password|passwd)"\s?:\s?"([^"\\\s{]{1,40}\{[^"\\\s{]{4,200})"`), false],
  [anyCase(String.raw`"[\w.]{0,40}(?:snmp|agent|read|write|trap)_?community"\s?:\s?"([^"{]{6,})"`), true],
  [anyCase(String.raw`"c?nonce"\s?:[^{}]{0,120}"response"\s?:\s?"([\da-f]{32,})"`), false],
  [anyCase(String.raw`"\w{0,20}(?:pairing_?code|setup_?passcode)"\s?:\s?"(\d[\d-]{6,14})"`), false],
  [all(String.raw`grant_type=authorization_code(?:&\w{1,40}=[^&\s"]{0,400}){0,8}&code=([^&\s"{]{4,})`), false],
  [all(String.raw`[&?\s]code=([^&\s"{]{4,})(?:&\w{1,40}=[^&\s"]{0,400}){0,8}&grant_type=authorization_code`), false],
  [all(String.raw`/(?:token|api_?key|secret)/([\w-]{16,})(?=[/?\s"])`), true],
  [all(String.raw`\bMT:([A-Z\d.-]{19,60})`), true],
  [anyCase(String.raw`"scratch"\s?:\s?"([\w-]{8,})"`), true],
  [anyCase(String.raw`\bauth_?info["']?\s?[:=]\s?["']([^"'\s{]{6,})`), true],
  [anyCase(String.raw`"(?:plain_?value|clear_?text)"\s?:\s?"([^"\s{]{8,})"`), true],
  [anyCase(String.raw`cookies: \{"[\w.-]{1,80}"\s?:\s?"([^"\s{]{16,})"`), true],
  [
    anyCase(
      String.raw`"(?:mapped_to|\w{1,20}_?name)"\s?:\s?"[\w-]{0,60}(?:password|secret|token|session|api_?key)"\s?,\s?"value"\s?:\s?"([^"\s{]{6,})"`,
    ),
    true,
  ],
  [anyCase(String.raw`"\w{0,40}auth_?header_?value"\s?:\s?"([^"{]{8,})"`), true],
  [all(String.raw`"(?:user|device|pairing)Code"\s?:\s?"([A-Z\d]{3,8}(?:-[A-Z\d]{3,8}){0,4})"`), false],
  [all(String.raw`[?&](?:user|device|pairing)_?[cC]ode=([A-Z\d]{3,8}(?:-[A-Z\d]{3,8}){0,4})`), false],
  [
    all(String.raw`"credentialsType"\s?:\s?"\w{0,40}(?:TOKEN|BASIC)"[^{}]{0,80}"credentialsId"\s?:\s?"([\w-]{12,})"`),
    true,
  ],
  [all(String.raw`"streamName"\s?:\s?"([a-z\d]{4}(?:-[a-z\d]{4}){3,})"`), false],
  [anyCase(String.raw`"value"\s?:\s?"([\w.~+/=-]{24,})"[^{}]{0,200}"(?:expires?_?(?:at|in)|expiry_?time)"\s?:`), true],
  [anyCase(String.raw`"code"\s?:\s?"(\d{7,20})"[^{}]{0,200}"expir(?:es?|y|ation)_?(?:at|in|time|date)"\s?:`), false],
  [
    anyCase(
      String.raw`\$\w{0,40}(?:code|key|token|secret|password|pin|otp)\s?:\s?\w{1,40}!?\s?=\s?\\{0,3}["']([^"'\\{]{4,})\\{0,3}["']`,
    ),
    false,
  ],
  [all(String.raw`\\*"resume\\*"\s?:\s?\\*"([\w-]{32,})\\*"`), true],
  [anyCase(String.raw`\bmacaroon["']?\s?[:=]\s?["']?([\w+/=-]{40,})`), true],
  [all(String.raw`"\w{0,40}[sS]ecret(?:Phrase|Word|Text|Material|Answer)"\s?:\s?"([^"{]{8,})"`), true],
  [
    all(
      String.raw`"(?:[\w-]{0,30}-(?:token|oauth)|bearer)"\s?:\s?\{\s?"[\w-]{1,60}(?:\.[\w-]{1,60}){1,8}"\s?:\s?"([^"{]{12,})"`,
    ),
    true,
  ],
  [anyCase(String.raw`\brequest-?digest: 0x([\da-f]{40,})|<(?:\w+:)?FormDigestValue>0x([\da-f]{40,})`), false],
  [anyCase(String.raw`password(?:%5D|\])(?:%5B|\[)\w{1,20}(?:%5D|\])=([^&\s{]{4,200})`), true],
  // Lines of configurations, and commands.
  [
    anyCase(
      String.raw`\b(?:header_up|header_down|proxy_set_header|add_header|setenv)[ \t]+["']?[\w-]{0,40}(?:key|token|secret|auth)["']?[ \t]+["']?([^\s"'{;]{8,})`,
    ),
    true,
  ],
  [anyCase(String.raw`(?:token|secret|password|api_?key)["')\]]{0,2}\s?[!=]==?\s?["']([^"'\s{]{8,})["']`), true],
  [all(String.raw`(?:^|\n)[ \t]*neighbor[ \t]\S{1,80}[ \t]password[ \t]+([^\s"'{]{4,})`), false],
  [all(String.raw`(?:^|\n)user [^\s"]{1,80} (?:on|off)[^\r\n"]{0,200}? >([^\s"'{]{3,})`), false],
  [all(String.raw`(?:^|\n)"[^"\r\n]{1,64}" "(?=[^"\r\n]*\d)([^"\r\n\s{]{6,200})"(?=[ \t]*(?:\r?\n|$))`), false],
  [
    all(
      String.raw`(?:^|\n)[\w.@-]{1,60}[ \t]+\*[ \t]+"?([^\s"*{]{4,200})"?[ \t]+(?:\*|\d{1,3}(?:\.\d{1,3}){3})[ \t]*(?:\r?\n|$)`,
    ),
    false,
  ],
  [all(String.raw`\blogin=[^\s:&"]{1,60}:([^\s&"{]{6,})`), true],
  [anyCase(String.raw`\b(?:remote|proxy|bind|imap|sip|vpn)_?(?:pass|pw|password)\s?=\s?["']?([^\s"'{]{4,})`), true],
  [
    anyCase(
      String.raw`(?:^|\n)[ \t]*(?:set[ \t]+)?(?!requirepass)\w{0,30}(?:psk|psksecret|pass)[ \t]+"?([^\s"'{]{8,})"?[ \t]*(?=\r?\n|$)`,
    ),
    true,
  ],
  [all(String.raw`\bpass(?:word)? "([^"\s{]{4,})"`), false],
  [all(String.raw`\bstats auth [^\s:]{1,80}:([^\s{]{3,})`), false],
  [all(String.raw`(?:^|\n)\[[\w-]{1,60}(?:\.[\w-]{1,60})+\]:\d{1,5}[ \t]+[^\s:]{1,100}:([^\s{]{3,})`), false],
  [all(String.raw`\{(?:PLAIN|CLEAR|CLEARTEXT)\}([^\s:"'<>{}]{3,})`), false],
  [all(String.raw`\b(?:tacacs|radius)-server key \d ([^\s{]{4,})`), false],
  [all(String.raw`(?:^|\n)[ \t]{0,40}community[ \t]+([^\s"'{};]{4,})[ \t]{0,4}\{`), false],
  [all(String.raw`<auth-user-pass>\r?\n[^\r\n]{1,100}\r?\n([^\r\n{<]{4,200})\r?\n`), false],
  [anyCase(String.raw`\b(?:gpg_?passphrase|[\w-]{0,20}ssh_?pass(?:word)?)\s?=\s?["']?([^\s"'{]{4,})`), true],
  [all(String.raw`(?:^|\n)[ \t]*(?:proxy-)?user[ \t]*=[ \t]*"[^\s:"]{1,100}:(?!\d+")([^\s"{]{3,})"`), false],
  [anyCase(String.raw`\bnet use\b[^\r\n]{0,200}?\s/user:\S{1,100}[ \t]+(?!/|[a-z]+(?:\s|$))([^\s"'{]{4,})`), false],
  [all(String.raw`\b(?:smb|rpc)client\b[^\r\n]{0,200}?\s-U[ \t]*["']?[^\s"'%]{1,80}%([^\s"'{]{3,})`), false],
  [anyCase(String.raw`\bfetch\(["'][^"']{0,60}pass(?:word)?["']\)\s?\{\s?["']([^"'{]{4,})["']`), true],
]

/** What each of them begins with, and what is secret in what follows. */
export const LISTS: readonly (readonly [from: RegExp, each: RegExp, mustBeMixed: boolean])[] = [
  [
    anyCase(
      String.raw`\b(?:recovery|backup|scratch|emergency) codes\b[^\r\n<>]{0,80}(?:</\w{1,10}>\s{0,9}<(?:pre|textarea)\b[^<>]{0,200}>|:[ \t]{0,8}\r?\n)((?:\s{0,9}(?:[-*] |\d{1,2}[.)] )?[A-Za-z\d-]{6,40}[ \t]{0,8}(?:\r?\n|(?=<))){1,50})`,
    ),
    /((?=[A-Za-z-]*\d)[A-Za-z\d-]{6,40})(?=[ \t]*(?:\r?\n|$))/g,
    false,
  ],
  [
    anyCase(
      String.raw`<(?:h[1-6]|p|strong|b|dt|legend|summary)\b[^<>]{0,200}>[^<>]{0,60}(?:codes|tokens|keys|passwords):?\s{0,9}</\w{1,8}>\s{0,9}(?:<(?:p|div)\b[^<>]{0,200}>[^<>]{0,400}</\w{1,4}>\s{0,9})?<[uo]l\b[^<>]{0,200}>((?:\s{0,9}<li\b[^<>]{0,200}>(?:<code>)?[^<>]{4,200}(?:</code>)?</li>){1,100})`,
    ),
    />([A-Z\d]{3,8}(?:-[A-Z\d]{3,8})+|\d{6,10}|(?=[^<]*\d)[\w-]{8,64})</gi,
    false,
  ],
  [
    anyCase(
      String.raw`"(?:field|name|key|path|attribute|property|column)"\s?:\s?"[^"]{0,60}(?:password|secret|token|api_?key)"\s?,([^{}]{8,1000})`,
    ),
    /"(?:old|new|before|after|previous|fromString|toString)\w{0,6}"\s?:\s?"([^"{}\\]{6,})"/g,
    true,
  ],
  [
    anyCase(String.raw`"\w{0,40}(?:password|secret|token|api_?key)"\s?:\s?\{([^{}]{8,1000})\}`),
    /"(?:old|new|before|after|previous)\w{0,6}"\s?:\s?"([^"{}\\]{6,})"/g,
    true,
  ],
]

/** A key in base32, as people type it into an app. */
const IN_FOURS =
  /(?<![\w-])[a-z2-7]{4}(?: [a-z2-7]{4}){3,15}(?![\w-])|(?<![\w-])[A-Z2-7]{4}(?: [A-Z2-7]{4}){3,15}(?![\w-])/g
