const set = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Words with a digit that are names of things, not values. */
export const technicalWords: ReadonlySet<string> = set(
  "ssh2 ssh1 ipv4 ipv6 IPv4 IPv6 http2 HTTP2 h2 md5 MD5 sha1 SHA1 sha256 SHA256 sha512 SHA512 " +
    "utf8 UTF8 UTF-8 utf-8 x86 x86_64 amd64 i386 i686 arm64 win32 Win32 log4j x509 X509 X.509 " +
    "base64 Base64 s3 S3 ec2 EC2 k8s oauth2 OAuth2 OAuth i18n mp3 mp4 ext2 ext3 ext4 EXT3-fs " +
    "EXT4-fs p2p SOCKS4 SOCKS5 socks5 smtp2 ipsec2 gzip2 bzip2 Log4j web3 2FA L1 L2 L3 WPA2 " +
    "802.11 IOAPIC int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64",
);

/** Units that stand behind a number, apart by a space; the number's size decides which. */
export const units: ReadonlySet<string> = set(
  "B KB MB GB TB PB kB KiB MiB GiB TiB kb mb gb ns us µs ms s sec secs second seconds min " +
    "mins minute minutes h hr hrs hour hours day days msec msecs millis milliseconds usec " +
    "microseconds Hz kHz KHz MHz GHz bps kbps Kbps Mbps Gbps KB/s MB/s GB/s kB/s % percent 毫秒 秒",
);

/** Parts of dates: values where a number is next to them. */
export const calendar: ReadonlySet<string> = set(
  "Mon Tue Wed Thu Fri Sat Sun Monday Tuesday Wednesday Thursday Friday Saturday Sunday Jan " +
    "Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec UTC GMT CST PST EST AM PM",
);

/** Values that are words. */
export const literals: ReadonlySet<string> = set(
  "true false True False TRUE FALSE null NULL nil None undefined NaN Infinity localhost",
);

/** Ends of host names. */
export const topLevels: ReadonlySet<string> = set(
  "com net org edu gov mil int io dev app local lan internal home corp localdomain arpa info " +
    "biz tw hk jp cn kr sg de uk fr nl ru br in it es pl se no fi ch at be cz au nz ca us mx ro " +
    "hu tr",
);

/** Keys whose value is the message itself: its words count. */
export const messageKeys: ReadonlySet<string> = set("msg message event 訊息");

/** A request line in quotes keeps its method. */
export const methods: ReadonlySet<string> = set(
  "GET POST PUT DELETE HEAD PATCH OPTIONS CONNECT TRACE PROPFIND",
);

/** Words behind which a value stands more often than a word of the sentence. */
export const leadIns: ReadonlySet<string> = set(
  "user User username account Account login name named host hostname server client peer node " +
    "from to by for as via at on of in with is was was_is id ID = : service Service job task " +
    "module class table Table database schema index topic queue bucket file directory dir " +
    "volume device interface state State status Status role key Key field property option " +
    "command cmd process program package Package tenant customer owner group Group type Type " +
    "mode caller called reason region zone cluster namespace pod container image tag version " +
    "branch provider code domain connection partition label Exception exception caused got 者 戶 " +
    "員 號 名 客",
);

/** Words that lead in to a value only where it does not look like a word of the sentence. */
export const weakLeadIns: ReadonlySet<string> = set(
  "from to by for as via at on of in with is was : state State status Status mode type Type " +
    "got client server connection reason code",
);

/** Words that are part of a sentence wherever they stand. */
export const functionWords: ReadonlySet<string> = set(
  "a an the and or not no is are was were be been being has have had do does did can cannot " +
    "could will would should may might must to from by for of in on at with without into onto " +
    "over under after before during until while since because due as than then that this these " +
    "those it its if else when where which who whose but so too also only already still again " +
    "yet any all each every some more most less least up down out off open opened close closed " +
    "start started starting stop stopped stopping begin end done ok OK failed failure success " +
    "succeeded successful successfully error errors warning unable invalid unknown missing " +
    "found received sent accepted rejected refused denied granted connected disconnected " +
    "created deleted updated removed added",
);
