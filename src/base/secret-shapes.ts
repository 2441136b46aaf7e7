const KEY_NAME = '[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----'
/** The line before a private key, and the one after it. */
export const KEY_BEGINS = new RegExp(`-----BEGIN ${KEY_NAME}`)
export const KEY_ENDS = new RegExp(`-----END ${KEY_NAME}`)
/** Private keys: also when the end is cut off or line feeds are escaped. */
export const PRIVATE_KEYS = new RegExp(`${KEY_BEGINS.source}[\\s\\S]*?(?:${KEY_ENDS.source}|$)`, 'g')

/**
 * Beginnings of keys and what follows them, as the providers document them; collected with the rules of gitleaks
 * (github.com/gitleaks/gitleaks, config/gitleaks.toml) and GitHub's list of supported secret scanning patterns. A kept
 * library would be better, but the one there is (secretlint) needs a later Node than ocm and reads whole files only.
 */
const PREFIXED: readonly string[] = [
  // models: OpenAI, Anthropic, OpenRouter, DeepSeek, Groq, xAI, Replicate, Perplexity, Hugging Face, NVIDIA, Cerebras, …
  '(?:sk|pk|rk|csk|pplx|xai|tvly|nvapi)-(?=[\\w-]{0,512}[A-Z\\d])[\\w-]{16,512}',
  'gsk_\\w{20,255}',
  'r8_\\w{30,64}',
  'hf_[A-Za-z0-9]{30,64}',
  'jina_\\w{40,128}',
  'fw_[A-Za-z0-9]{20,64}',
  'fc-[0-9a-f]{32}',
  'e2b_[0-9a-f]{40}',
  // Google: API key, OAuth access and refresh token, client secret
  'AIza[\\w-]{35}',
  'ya29\\.[\\w-]{20,2048}',
  '1//0[\\w-]{40,256}',
  'GOCSPX-[\\w-]{20,64}',
  // code and packages: GitHub, GitLab, npm, PyPI, Docker, RubyGems, Atlassian, Postman, Sentry, Grafana, Linear
  'gh[pousr]_[A-Za-z0-9]{20,255}',
  'github_pat_\\w{20,255}',
  'gl(?:pat|dt|rt|ptt|cbt|soat|ft|imt|agent|oas)-[\\w-]{16,255}',
  'npm_[A-Za-z0-9]{36}(?![\\w])',
  'pypi-AgE[\\w-]{50,512}',
  'dckr_(?:pat|oat)_[\\w-]{20,64}',
  'rubygems_[0-9a-f]{48}',
  'ATATT3[\\w=-]{60,512}',
  'PMAK-[0-9a-f]{24}-[0-9a-f]{34}',
  'sntry[su]_[\\w+/=-]{40,512}',
  'gl(?:sa|c)_[\\w=+/-]{32,512}',
  'lin_api_[A-Za-z0-9]{32,64}',
  'ntn_[A-Za-z0-9]{40,64}',
  'fig[dorh]_[\\w-]{30,64}',
  // chat: Slack, Twilio, SendGrid, Mailgun, Mailchimp, Facebook, Matrix
  'xox[a-z]-[\\w-]{10,512}',
  'xapp-[\\w-]{10,512}',
  'SK[0-9a-f]{32}',
  'SG\\.[\\w-]{16,64}\\.[\\w-]{16,128}',
  'key-[0-9a-f]{32}',
  '[0-9a-f]{32}-us\\d{1,2}',
  'EAA[A-Za-z0-9]{100,512}',
  'syt_[A-Za-z0-9+/=]{1,128}_[A-Za-z0-9]{20}_\\w{6}',
  // clouds: AWS, DigitalOcean, Databricks, Supabase, Netlify, Tailscale, Vault, 1Password, age
  'A(?:KIA|SIA|BIA|CCA)[0-9A-Z]{16}(?![A-Za-z0-9])',
  'do[opr]_v1_[0-9a-f]{64}',
  'dapi[0-9a-f]{32}(?:-\\d)?',
  'sbp_[0-9a-f]{40}',
  'nf[pcoub]_\\w{36,64}',
  'tskey-[\\w-]{20,128}',
  'hv[sbr]\\.[\\w-]{24,512}',
  'ops_eyJ[\\w-]{100,2048}',
  'AGE-SECRET-KEY-1[0-9A-Za-z]{58}',
  // money: Stripe, Shopify, Square
  '[spr]k_(?:live|test|prod)_\\w{10,255}',
  'whsec_[\\w+/=]{20,255}',
  'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}',
  'sq0(?:csp|atp|idp)-[\\w-]{22,64}',
]

/**
 * Keys whose beginning stands in no other word: they are found also where something else stands directly in front of
 * them, as in a broken line or in a name that somebody made of one.
 */
const UNMISTAKABLE: readonly string[] = [
  'sk-(?:ant|proj|svcacct|admin|or-v1)-[\\w-]{16,512}',
  'gh[pousr]_[A-Za-z0-9]{36,255}',
  'github_pat_\\w{20,255}',
  'glpat-[\\w-]{20,255}',
  'xox[a-z]-\\d[\\w-]{10,512}',
  'AIza[\\w-]{35}',
  'AGE-SECRET-KEY-1[0-9A-Za-z]{58}',
]

/** The value of an option on a command line. */
const ARGUMENT = `(?:"[^"\\n]{1,512}"|'[^'\\n]{1,512}'|[^\\s"'|;&]{1,512})`
/** What stands between a command and the option, without the end of the command. */
const BETWEEN = '\\b[^\\n|;&]{0,200}?'
const command = (names: string, option: string) =>
  new RegExp(`(?<keep>(?<![\\w/-])(?:${names})${BETWEEN}[ \\t]${option})${ARGUMENT}`, 'g')

/**
 * Shapes of secrets. Every pattern starts at a place that is rare in a long run of one character and has bounded parts,
 * so that the time stays linear. A named group `keep` is what stays in front of the mask.
 */
export const SHAPES: readonly RegExp[] = [
  // user:password@ in an address, and a token in place of a user
  /(?<keep>\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/@:"']{0,128}:)[^\s/"']{1,512}(?=@)/gi,
  /(?<keep>:\/\/)(?=[\w-]{0,512}\d)[\w-]{20,512}(?=@)/g,
  // an Authorization scheme without its header; a word of a sentence is none
  /(?<keep>\b(?:[Bb]earer|BEARER|[Bb]asic|BASIC)[ \t]{1,8})(?![a-z]{1,20}(?:[-_][a-z]{1,20}){0,3}(?![\w./+=-]))(?:(?=[^\s"']{0,200}[\d+/=_.-])[A-Za-z0-9._~+/=-]{8,4096}|[A-Za-z]{12,4096})/g,
  // JSON Web Tokens
  /(?<![\w-])eyJ[\w-]{6,4096}\.[\w-]{6,8192}\.[\w-]{0,2048}/g,
  // Discord bot tokens, web hooks of Discord and Slack, Telegram bot tokens
  /(?<![\w-])[MNO][\w-]{22,28}\.[\w-]{6,7}\.[\w-]{27,64}(?![\w-])/g,
  /(?<keep>\/api\/(?:v\d{1,2}\/)?webhooks\/\d{15,22}\/)[\w-]{20,128}/g,
  /(?<keep>hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/]{20,256}/g,
  /(?<!\d)\d{8,10}:[\w-]{35}(?![\w-])/g,
  new RegExp(`(?<![A-Za-z0-9])(?:${PREFIXED.join('|')})`, 'g'),
  new RegExp(UNMISTAKABLE.join('|'), 'g'),
  // hashes of passwords: bcrypt and crypt(5)
  /\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}/g,
  /\$[156]\$(?:rounds=\d{1,9}\$)?[./\w]{1,16}\$[./\w]{22,86}/g,
  /\$y\$[./\w]{1,16}\$[./\w]{1,86}\$[./\w]{43}/g,
  // .netrc, and an element of XML
  /(?<keep>\blogin[ \t]{1,8}\S{1,128}[ \t]{1,8}password[ \t]{1,8})\S{1,512}/g,
  /(?<keep><[\w.:-]{0,40}(?:password|passwd|secret|token|api-?key|private-?key)(?:[ \t][^<>\n]{0,200})?>)[^<>\n]{1,4096}(?=<\/)/gi,
  // options that take a password and do not say so
  command('mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump|mariadb-admin', '-p'),
  command('sshpass', '-p[ \\t]{0,4}'),
  command('7z|7za|7zz|rar|unrar', '-p'),
  command('redis-cli', '-a[ \\t]{1,4}'),
  command(
    '(?:docker|podman|buildah|oras|helm registry) login|mongo|mongosh|mongodump|az login',
    '-p[ \\t]{1,4}',
  ),
  command('sqlcmd|zip|unzip', '-P[ \\t]{1,4}'),
  command('ldapsearch|ldapmodify|ldapadd|ldapwhoami', '-w[ \\t]{1,4}'),
  command('smbclient|rpcclient|smbget', '-U[ \\t]{0,4}["\']?[^\\s%"\']{1,64}%'),
  command('curl', '(?:-u|--user|-U|--proxy-user)[ \\t=]{0,4}["\']?[^\\s:"\']{1,128}:'),
  /(?<keep>[ \t]-pass(?:in|out)?[ \t]{1,4}pass:)[^\s"']{1,512}/g,
]
