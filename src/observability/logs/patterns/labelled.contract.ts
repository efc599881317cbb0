/**
 * Labelled logs of our own making: lines from templates, skewed as real logs are, with the index of
 * each line's template as its label. Everything follows from the seed.
 */
import { seededRandom } from "../../../core/ids.ts";

/** Lines with the template each came from. */
export interface LabelledLines {
  readonly lines: readonly string[];
  readonly labels: readonly number[];
}

type Draw = (below: number) => number;
type Kind = (draw: Draw) => string;

const words = (text: string): readonly string[] => text.split(" ");

/** A few values are most of what is seen, as with real users, hosts and reasons. */
function skewed(values: readonly string[]): Kind {
  return (draw) => {
    const u = draw(1000) / 1000;
    return values[Math.floor(u ** 2.5 * values.length)] as string;
  };
}

const users = words(
  "root admin test guest oracle mysql postgres www ftp nagios deploy alice bob carol dave " +
    "erin frank grace heidi ivan judy mallory niaj olivia peggy rupert sybil trent victor " +
    "wendy ubuntu backup git jenkins support user operator info webmaster fluffy cyrus news " +
    "test1 user2 news3",
);
const procs = words(
  "sshd crond httpd nginx cupsd named syslogd chrome java python portmap rpc.statd " +
    "bluetoothd kernel_task mdworker launchd Safari dbus-daemon snmpd xinetd gpm random netfs " +
    "apmd smartd",
);
const domains = words("com net org edu.tw co.uk io de");
const labels = words(
  "mail www proxy gate adsl-pool static cust api cdn edge node dsl dyn home corp lab img " + "play",
);
const packages = words(
  "com.android.systemui com.tencent.mm com.android.phone com.example.music com.google.gms " +
    "com.android.launcher org.telegram.messenger com.android.vending",
);
const classes = words(
  "MainActivity NotificationService PlayerActivity SyncService WorkerEngine LauncherUI " +
    "StatusBar sparkExecutorActorSystem BlockTransfer NettyTransfer JobEventDispatcher " +
    "TaskCleaner CommitterEvent MapReduceServlet StaticWebFilter DownloadService PushReceiver " +
    "ChatActivity",
);
const states = words(
  "NEW INITED SETUP RUNNING SUCCEEDED FAILED SCHEDULED ASSIGNED UNASSIGNED COMMITTING " + "KILLED",
);
const nouns = words(
  "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november " +
    "oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu",
);
const tables = words(
  "orders users payments carts stock invoices sessions welcome receipts shipping audit " + "events",
);
const reasons = [
  "Connection reset by peer",
  "Connection refused",
  "Broken pipe",
  "Read timed out",
  "No route to host",
  "connection timed out",
  "ZooKeeperServer not running",
  "too many open files",
];

function digits(draw: Draw, from: number, to: number): string {
  const count = from + draw(to - from + 1);
  let text = String(1 + draw(9));
  while (text.length < count) text += draw(10);
  return text;
}

function hex(count: number): Kind {
  return (draw) => {
    let text = "";
    while (text.length < count) text += draw(16).toString(16);
    return text;
  };
}

const ip: Kind = (draw) => `${1 + draw(222)}.${draw(256)}.${draw(256)}.${draw(256)}`;
const int: Kind = (draw) => digits(draw, 1, 7);
const skewedUser = skewed(users);
const fqdn: Kind = (draw) =>
  `${labels[draw(labels.length)]}${draw(3) === 0 ? draw(200) : ""}.` +
  `${nouns[draw(nouns.length)]}.${domains[draw(domains.length)]}`;
const hostName: Kind = (draw) =>
  ["localhost", `node-${draw(40)}`, `db${draw(9)}`, fqdn(draw), ip(draw)][draw(5)] as string;
const path: Kind = (draw) => {
  let text = "";
  for (let depth = 1 + draw(5); depth > 0; depth--) {
    const name = [nouns[draw(nouns.length)], words("usr var lib data tmp etc opt")[draw(7)]];
    text += `/${name[draw(2)]}${draw(4) === 0 ? draw(100) : ""}`;
  }
  return text + (draw(3) === 0 ? ".log" : "");
};
const urlPath: Kind = (draw) => {
  const query = `/api/users?page=${draw(50)}`;
  const script = `/static/app.${hex(8)(draw)}.js`;
  const servers = `/v2/${hex(32)(draw)}/servers/detail`;
  const order = `/orders/${draw(99_999)}`;
  return ["/health", order, servers, "/", "/cart/items", query, script][draw(7)] as string;
};
const uuid: Kind = (draw) => [8, 4, 4, 4, 12].map((count) => hex(count)(draw)).join("-");
const two = (value: number): string => String(value).padStart(2, "0");
const clock: Kind = (draw) => `${two(draw(24))}:${two(draw(60))}:${two(draw(60))}`;
const listOf =
  (one: Kind, most: number): Kind =>
  (draw) =>
    Array.from({ length: 1 + draw(most) }, () => one(draw)).join(", ");

const names = ["Mary Lee", "John Smith", "Ann Chen", "Maria del Mar", "Bo", "Chen Wei", "Lin"];

const kinds: Readonly<Record<string, Kind>> = {
  int,
  small: (draw) => skewed(["0", "0", "1", "500", "1000", "48", "33"])(draw),
  digit: (draw) => String(draw(10)),
  float: (draw) => `${draw(5000)}.${digits(draw, 1, 4)}`,
  ip,
  ipport: (draw) => `${ip(draw)}:${1024 + draw(60000)}`,
  ipv6: (draw) => `fe80:${draw(9)}::${[4, 3, 4].map((count) => hex(count)(draw)).join(":")}`,
  mac: (draw) => Array.from({ length: 6 }, () => hex(2)(draw)).join(":"),
  fqdn,
  fqdnport: (draw) => `${fqdn(draw)}:${[443, 80, 5070, 8080][draw(4)]}`,
  host: hostName,
  user: skewedUser,
  proc: skewed(procs),
  word: skewed(nouns),
  junk: (draw) => `\\x${hex(2)(draw)}${nouns[draw(nouns.length)]}`,
  table: skewed(tables),
  key: (draw) => `${tables[draw(tables.length)]}.${nouns[draw(nouns.length)]}`,
  path,
  urlpath: urlPath,
  uuid,
  hex2: hex(2),
  hex4: hex(4),
  hex8: hex(8),
  hex16: hex(16),
  hexupper: (draw) => hex(24)(draw).toUpperCase(),
  b64: (draw) => Buffer.from(hex(32)(draw), "hex").toString("base64").replaceAll("=", ""),
  blk: (draw) => `blk_${draw(2) === 0 ? "-" : ""}${digits(draw, 18, 19)}`,
  pkg: skewed(packages),
  bundle: (draw) => `com.apple.${nouns[draw(nouns.length)]}.${classes[draw(classes.length)]}`,
  cls: skewed(classes),
  tag: skewed(["*launch*", "View Lock", "RILJ_ACK_WL", "SyncLoopWakeLock", "AudioMix"]),
  trace: (draw) => `com.android.server.wm.${classes[draw(classes.length)]}.destroy:${draw(9999)}`,
  exc: skewed(words("IOException EOFException SocketTimeoutException InterruptedIOException")),
  reason: skewed(reasons),
  state: skewed(states),
  role: skewed(words("LOOKING FOLLOWING LEADING")),
  upper: skewed(words("TIME_TICK SCREEN_ON RTC USB ALARM CONTAINER_REMOTE_LAUNCH NETWORK EC")),
  bool: skewed(["true", "false"]),
  onoff: skewed(["on", "off"]),
  avail: skewed(["available", "unavailable"]),
  method: skewed(["GET", "POST", "PUT"]),
  status: skewed(["200", "201", "404", "500", "302"]),
  provider: skewed(["stripe", "adyen", "paypal"]),
  task: skewed(["spawning", "deleting", "networking"]),
  node: (draw) => `R${two(draw(64))}-M${draw(2)}-N${draw(16)}-C:J${two(draw(18))}-U0${draw(9)}`,
  alt: (draw) => `alt${draw(2)}`,
  range: (draw) => `${draw(64)}-${64 + draw(64)}`,
  usbport: (draw) => `${draw(4)}-${draw(9)}`,
  disk: (draw) => `sd${"abcd"[draw(4)]}${1 + draw(4)}`,
  iface: skewed(["lo", "eth0", "eth1", "wlan0"]),
  pci: (draw) => `0000:00:${hex(2)(draw)}.${draw(8)}`,
  version: (draw) => `${draw(9)}.${draw(20)}.${draw(9999)}`,
  winpath: (draw) =>
    `C:\\Windows\\${["winsxs", "Logs"][draw(2)]}\\amd64_${hex(16)(draw)}\\core.dll`,
  efail: skewed(["E_FAIL", "CBS_E_INVALID_PACKAGE", "CBS_E_MANIFEST_INVALID_ITEM"]),
  clientname: skewed(["WindowsUpdateAgent", "SPP", "DISM", "UnattendTool"]),
  isodate: (draw) => `20${10 + draw(16)}-${two(1 + draw(12))}-${two(1 + draw(28))} ${clock(draw)}`,
  cdate: (draw) =>
    `${words("Mon Tue Wed Thu Fri Sat Sun")[draw(7)]} ${words("Jan Jun Jul Dec")[draw(4)]} ` +
    `${String(1 + draw(28)).padStart(2)} ${clock(draw)} 20${10 + draw(16)}`,
  date: (draw) => `20${10 + draw(16)}-${two(1 + draw(12))}-${two(1 + draw(28))}`,
  time: clock,
  clock: (draw) => `0:${two(draw(60))}:${two(draw(60))}.${digits(draw, 3, 3)}`,
  dur: (draw) => `${draw(9000)}${[" ms", "s", ".5ms", " s"][draw(4)] as string}`,
  size: (draw) => `${draw(900)}.${draw(9)} ${["B", "KB", "MB", "GB"][draw(4)]}`,
  bytes: (draw) => `${int(draw)} bytes`,
  kb: (draw) => `${draw(900)}.${draw(9)} ${["KB", "MB"][draw(2)]}`,
  life: (draw) => ["<1 sec", clock(draw).slice(3), clock(draw)][draw(3)] as string,
  money: (draw) => `$${draw(900)}.${two(draw(100))}`,
  email: (draw) => `${users[draw(users.length)]}@${nouns[draw(nouns.length)]}.com`,
  fullname: (draw) => names[draw(names.length)] as string,
  cjkname: (draw) =>
    ["王小明", "陳怡君", "林志豪", "張雅婷", "李四", "歐陽菲菲", "黃淑芬"][draw(7)] as string,
  list: listOf((draw) => `node-${nouns[draw(nouns.length)]}`, 6),
  iplist: listOf((draw) => `${ip(draw)}:${1024 + draw(60000)}`, 3),
  blklist: (draw) => listOf((one) => `blk_${digits(one, 18, 19)}`, 5)(draw).replaceAll(",", ""),
  numlist: listOf(int, 8),
  smtp: skewed(["DATA", "EHLO", "AUTH", "RCPT"]),
  model: skewed(["sonnet-4", "gpt-5-mini", "churn-gbdt", "qwen3-32b", "reranker"]),
  tool: skewed(["search_orders", "refund", "send_mail", "lookup_customer", "get_weather", "sql"]),
  exit: skewed(["COMPLETED", "FAILED", "STOPPED", "UNKNOWN"]),
  sigs: () => "TERM, HUP, INT",
};

/** Templates of a system: a line each; one that ends with a backslash goes on in the next. */
export function templatesOf(text: string): readonly string[] {
  return text
    .trim()
    .replaceAll(/\\\n\s*/g, "")
    .split("\n");
}

/** `count` lines of a system's templates; how often each is seen follows Zipf's law. */
export function labelledLines(system: string, count: number, seed: number): LabelledLines {
  const random = seededRandom(seed);
  const draw: Draw = (below) => Math.floor(random.next() * below);
  const templates = templatesOf(system).map((text) => text.split(/\{([a-z0-9]+)\}/));
  const order = templates.map((_, index) => index);
  for (let at = order.length - 1; at > 0; at--) {
    const other = draw(at + 1);
    [order[at], order[other]] = [order[other] as number, order[at] as number];
  }
  const weights = order.map((_, rank) => 1 / (rank + 1) ** 1.3);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const lines: string[] = [];
  const drawn: number[] = [];
  while (lines.length < count) {
    let rest = random.next() * total;
    let rank = 0;
    while (rank < order.length - 1 && (rest -= weights[rank] as number) > 0) rank++;
    const label = order[rank] as number;
    const parts = templates[label] as readonly string[];
    lines.push(
      parts.map((part, at) => (at % 2 === 0 ? part : (kinds[part] as Kind)(draw))).join(""),
    );
    drawn.push(label);
  }
  return { lines, labels: drawn };
}

/** How well groups agree with labels, each in [0, 1]. */
export interface GroupingScore {
  /** Share of lines whose whole group is exactly right. */
  readonly accuracy: number;
  /** The same over templates: harmonic mean of precision and recall. */
  readonly f1: number;
}

/** Grouping accuracy (GA) and its F1 over templates (FGA), as the literature defines them. */
export function groupingScore(
  labels: readonly number[],
  groups: ArrayLike<number | string>,
): GroupingScore {
  const ofLabel = new Map<number, number>();
  const ofGroup = new Map<number | string, number>();
  const ofBoth = new Map<string, number>();
  const add = <K>(map: Map<K, number>, key: K): unknown => map.set(key, (map.get(key) ?? 0) + 1);
  for (const [at, label] of labels.entries()) {
    const group = groups[at] as number | string;
    add(ofLabel, label);
    add(ofGroup, group);
    add(ofBoth, `${label} ${group}`);
  }
  let linesRight = 0;
  let groupsRight = 0;
  for (const [both, count] of ofBoth) {
    const [label = "", group = ""] = both.split(" ");
    const sizes = [ofLabel.get(Number(label)), ofGroup.get(group) ?? ofGroup.get(Number(group))];
    if (sizes.some((size) => size !== count)) continue;
    linesRight += count;
    groupsRight++;
  }
  const precision = groupsRight / ofGroup.size;
  const recall = groupsRight / ofLabel.size;
  const f1 = groupsRight === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { accuracy: linesRight / labels.length, f1 };
}
