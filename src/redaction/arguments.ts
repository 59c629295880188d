import { holds } from '../content/marks.ts'
import { unquotedEnd } from '../named/named-value.ts'
import type { Found } from './found.ts'
import { isWordy, looksRandom } from '../secrets/randomness.ts'
import { labelOf } from '../secrets/secret-names.ts'

/** Secrets in the arguments of commands, as scripts, traces, manifests and lists of arguments have them. */
export function findArguments(text: string, found: Found): void {
  if (text.includes('--') || hasWordOption(text))
    for (const match of text.matchAll(LONG_OPTION)) takeOption(match, found)
  for (const [hint, pattern] of OF_PROGRAMS)
    if (hint.some((word) => holds(text, word))) for (const match of text.matchAll(pattern)) takePassword(match, found)
  if (SETS.some((word) => holds(text, word))) for (const match of text.matchAll(SETTING)) takeOption(match, found)
}

/** Whether a word begins with one dash, as `-token` does. */
function hasWordOption(text: string): boolean {
  for (let at = text.indexOf('-', 1); at !== -1; at = text.indexOf('-', at + 1))
    if (BEFORE_WORD.includes(text.charAt(at - 1)) && /^[A-Za-z]{2}/.test(text.slice(at + 1, at + 3))) return true
  return text.startsWith('-')
}

const BEFORE_WORD = ` "'\n\t`

/** `--token abc` or `-token abc`, also in two lines, or as two elements of a list in JSON or YAML. What follows an equals sign is a parameter. */
const LONG_OPTION =
  /-(?<![\w-]-)-?([a-z][\w.-]{2,40})(?:[ \t]{1,4}|["']\s{0,20},\s{0,20}(?=["'])|["']?\r?\n[ \t]{0,40}(?:- {1,4})?)(["']?)(?![-["']|pass:)([^\s"'|;&]{3,512})\2/gi

/** `setx NAME value`, `aws configure set name value`. */
const SETTING =
  /\b(?:setx|ENV|configure[ \t]set|config[ \t]set|config[ \t]--global|secrets?[ \t]set)(?:[ \t]+--\w[\w-]*)*[ \t]+([\w.:/-]{2,80})[ \t]+(["']?)([^\s"'|;&]{3,512})\2/gi
const SETS: readonly string[] = ['setx ', 'ENV ', ' set ', ' --global ']

function takeOption(match: RegExpExecArray, found: Found): void {
  const [all, name = '', quote = '', value = ''] = match
  // In a text for people the option may be the subject: `--password is required`.
  if (quote === '' && isWordy(value)) return
  // With one dash it may be a word of a list, or of a formula, and in the next line something else.
  if (/^-(?!-)|\n(?![ \t]*- )/.test(all) && !looksRandom(value)) return
  const label = labelOf(name, value, 'parameter')
  const end = match.index + all.length - quote.length
  if (label !== undefined) takeUnquoted(label, match, end - value.length, end, found)
}

function takeUnquoted(label: string, { input }: RegExpExecArray, start: number, last: number, found: Found): void {
  const end = unquotedEnd(input, start, last)
  if (end > start) found(label, start, end)
}

const VALUE = String.raw`["']?([^\s"'|;&]{3,512})`
/** Other arguments of the same command. */
const BEFORE = String.raw`[^\n|;&]{0,200}?[ \t"']`
const inCommand = (programs: string, option: string): RegExp =>
  new RegExp(String.raw`(?<![\w-])(?:${programs})(?![\w.-])${BEFORE}${option}${VALUE}`, 'g')

/** Programs whose short options take a password, and texts of which one is in any of their commands. */
const OF_PROGRAMS: readonly (readonly [hints: readonly string[], pattern: RegExp])[] = [
  [
    ['mysql', 'mariadb'],
    inCommand(String.raw`(?:mysql|mariadb)(?:-?(?:dump|admin|import|check|show|binlog|slap))?`, '-p'),
  ],
  [['redis-cli', 'keydb-cli', 'valkey-cli'], inCommand('(?:redis|keydb|valkey)-cli', String.raw`-a[ \t]+`)],
  [['sshpass'], inCommand('sshpass', String.raw`-p[ \t]*`)],
  [['ldap'], inCommand('ldap(?:search|add|modify|delete|passwd|whoami|compare|modrdn)', String.raw`-w[ \t]*`)],
  [
    ['sqlcmd', 'bcp', 'osql', 'zip', 'ipmitool', 'keytool', 'mosquitto_'],
    inCommand('sqlcmd|bcp|osql|zip|unzip|ipmitool|mosquitto_(?:pub|sub)', String.raw`-P[ \t]*`),
  ],
  [['7z'], inCommand('7za?', '-p')],
  [
    ['login', 'mongo', 'az '],
    inCommand(
      String.raw`(?:docker|podman|nerdctl|helm registry|oc|az|cf|buildah|skopeo|crane|oras)[ \t]+(?:auth[ \t]+)?login|mongo(?:sh|dump|restore|export|import)?`,
      String.raw`-p[ \t]+`,
    ),
  ],
  [
    ['storepass ', 'keypass '],
    new RegExp(String.raw`-(?:(?:src|dest)?(?:store|key)pass)[ \t]+(?:pass:)?${VALUE}`, 'g'),
  ],
  [['-pass'], new RegExp(String.raw`-pass(?:in|out)?[ \t]+pass:${VALUE}`, 'g')],
  [['ConvertTo-SecureString'], new RegExp(String.raw`ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?${VALUE}`, 'g')],
  [
    ['smbclient', 'rpcclient'],
    new RegExp(String.raw`(?:smbclient|rpcclient)${BEFORE}-U[ \t]*["']?[^\s"'%]{1,80}%${VALUE}`, 'g'),
  ],
  [['htpasswd'], new RegExp(String.raw`htpasswd${BEFORE}-\w*b\w*[ \t]+(?:\S{1,120}[ \t]+){1,2}${VALUE}`, 'g')],
  // What a command reads from its input: `docker login --password-stdin <<< "..."`, `echo "..." | docker login --password-stdin`.
  [['-stdin'], new RegExp(String.raw`--[\w-]*(?:password|token|secret)-stdin[^\n|;&<]{0,200}<<<[ \t]*${VALUE}`, 'g')],
  [
    ['-stdin'],
    new RegExp(
      String.raw`\b(?:echo|printf)[ \t]+(?:-n[ \t]+|["']?%s(?:\\n)?["']?[ \t]+)?${VALUE}(?=["']?[ \t]*\|[^\n|;&]{1,200}--[\w-]*(?:password|token|secret)-stdin)`,
      'g',
    ),
  ],
  [
    ['net use', 'net.exe use'],
    new RegExp(
      String.raw`\bnet(?:\.exe)?[ \t]+use\b[^\r\n]{0,200}?[ \t]/user:\S{1,100}[ \t]+(?!/|[a-z]+(?:\s|$))${VALUE}`,
      'gi',
    ),
  ],
  [
    ['net use', 'net.exe use'],
    new RegExp(
      String.raw`\bnet(?:\.exe)?[ \t]+use[ \t]+(?:[*\w]:?[ \t]+)?\\\S{1,200}[ \t]+(?!/|[a-z]+\s)${VALUE}(?=["']?[ \t]+/user:)`,
      'gi',
    ),
  ],
  [
    ['sqlplus', 'impdp', 'expdp', 'sqlldr'],
    new RegExp(
      String.raw`\b(?:sqlplus|impdp|expdp|sqlldr)[ \t]+(?:-\w{1,10}[ \t]+){0,4}["']?[\w$.]{1,60}/([^\s"'@/|;&]{3,200})(?=["'@\s]|$)`,
      'g',
    ),
  ],
  [['vault login'], new RegExp(String.raw`vault login[ \t]+(?!-)${VALUE}`, 'g')],
]

function takePassword(match: RegExpExecArray, found: Found): void {
  const value = match[1] ?? ''
  const end = match.index + match[0].length
  if (labelOf('password', value, 'field') !== undefined) takeUnquoted('password', match, end - value.length, end, found)
}

/** `curl -u user:password` and its like. */
export function findLoginArguments(text: string, found: Found): void {
  for (const match of text.matchAll(LOGIN)) {
    const end = match.index + match[0].length
    const password = match[1] ?? ''
    if (labelOf('password', password, 'field') !== undefined)
      takeUnquoted('password', match, end - password.length, end, found)
  }
}

const LOGIN = /(?<=\s)(?:-[ua]|--(?:(?:proxy-)?user|auth))[ =]["']?[^\s:"'/]{0,100}:(?!\/\/)([^\s"']{2,200})/g
