/**
 * Templates in the styles of six more kinds of system, of our own making, written when all tuning
 * was done and never tuned to: what a new log can expect. `{kind}` is a variable.
 */
export const thirdSystems: Readonly<Record<string, string>> = {
  mailer: String.raw`
connect from {fqdn}[{ip}]
disconnect from {fqdn}[{ip}]
lost connection after {smtp} from {fqdn}[{ip}]
{hexupper}: client={fqdn}[{ip}]
{hexupper}: message-id=<{hex8}@{fqdn}>
{hexupper}: from=<{email}>, size={int}, nrcpt={digit} (queue active)
{hexupper}: to=<{email}>, relay={fqdn}[{ip}]:25, delay={float}, dsn=2.0.0, status=sent (250 OK)
{hexupper}: to=<{email}>, relay=none, delay={float}, dsn=4.4.1, status=deferred ({reason})
{hexupper}: removed
NOQUEUE: reject: RCPT from {fqdn}[{ip}]: 554 5.7.1 <{email}>: Relay access denied
NOQUEUE: reject: RCPT from {fqdn}[{ip}]: 450 4.1.8 <{email}>: Sender address rejected
warning: hostname {fqdn} does not resolve to address {ip}
warning: {fqdn}[{ip}]: SASL LOGIN authentication failed: authentication failure
statistics: max connection rate {int}/60s for (smtp:{ip}) at {cdate}
statistics: max cache size {int} at {cdate}
imap-login: Login: user=<{user}>, method=PLAIN, rip={ip}, lip={ip}, mpid={int}, TLS
imap({user}): Logged out in={int} out={int}
imap({user}): Connection closed in={int} out={int}`,
  cluster: String.raw`
Pulling image "{host}/{word}:{version}"
Successfully pulled image "{host}/{word}:{version}" in {dur}
Created container {word}
Started container {word}
Killing container with id docker://{word}:Need to kill Pod
Back-off restarting failed container
Readiness probe failed: Get http://{ipport}/healthz: dial tcp {ipport}: connect: connection \
refused
Liveness probe failed: HTTP probe failed with statuscode: {status}
Successfully assigned default/{word}-{hex8} to {host}
SyncLoop (ADD, "api"): "{word}-{hex8}_default({uuid})"
SyncLoop (DELETE, "api"): "{word}-{hex8}_default({uuid})"
Node {host} status is now: NodeReady
Node {host} status is now: NodeNotReady
Node {host} status is now: NodeHasSufficientMemory
Scaled up replica set {word}-{hex8} to {digit}
Scaled down replica set {word}-{hex8} to {digit}
error killing pod: failed to stop container {hex16}: context deadline exceeded
watch of *v1.{cls} ended with: too old resource version: {int} ({int})
Throttling request took {dur}, request: GET:https://{ipport}/api/v1/namespaces/{word}/pods
attempting to acquire leader lease kube-system/{word}...
successfully acquired lease kube-system/{word}
pod {word} evicted due to memory pressure
unable to fetch metrics from node {host}: {reason}`,
  scheduler: String.raw`
_slurm_rpc_submit_batch_job: JobId={int} InitPrio={int} usec={int}
sched: Allocate JobId={int} NodeList=node{int} #CPUs={digit} Partition={word}
_job_complete: JobId={int} WEXITSTATUS {digit}
_job_complete: JobId={int} done
cleanup_completing: JobId={int} completion process took {int} seconds
Node {host} now responding
Node {host} not responding, setting DOWN
error: Nodes {host} not responding
backfill: Started JobId={int} in {word} on {host}
job {int} of user {user} held: quota exceeded
job {int} of user {user} released
job {int} preempted by job {int}
launch task {float} request from UID:{int} GID:{int} HOST:{ip} PORT:{int}
task/affinity: job {int}, CPU input mask for node: 0x{hex8}
[{float}] done with job
[{float}] error: *** JOB {int} ON {host} CANCELLED AT {isodate} DUE TO TIME LIMIT ***
[{float}] sending REQUEST_COMPLETE_BATCH_SCRIPT, error:{digit} status:{int}
Resending TERMINATE_JOB request JobId={int} Nodelist={host}
fan {digit} on chassis {digit} running at {int} rpm
fan {digit} on chassis {digit} failed
ecc error on dimm {alt} bank {digit} row {hex4}`,
  network: String.raw`
DHCPDISCOVER from {mac} via {iface}
DHCPOFFER on {ip} to {mac} ({host}) via {iface}
DHCPREQUEST for {ip} ({ip}) from {mac} ({host}) via {iface}
DHCPACK on {ip} to {mac} ({host}) via {iface}
DHCPREQUEST for {ip} from {mac} via {iface}: unknown lease {ip}.
Wrote {digit} leases to leases file.
Abandoning IP address {ip}: pinged before offer
no free leases on subnet {word}
client @0x{hex8} {ip}#{int} ({fqdn}): query: {fqdn} IN A + ({ip})
client @0x{hex8} {ip}#{int} ({fqdn}): query (cache) '{fqdn}/A/IN' denied
zone {fqdn}/IN: loaded serial {int}
zone {fqdn}/IN: notify from {ip}#{int}: zone is up to date
transfer of '{fqdn}/IN' from {ip}#53: connected using {ip}#{int}
lame server resolving '{fqdn}' (in '{fqdn}'?): {ip}#53
%LINK-3-UPDOWN: Interface GigabitEthernet{digit}/{digit}, changed state to up
%LINK-3-UPDOWN: Interface GigabitEthernet{digit}/{digit}, changed state to down
%SYS-5-CONFIG_I: Configured from console by {user} on vty{digit} ({ip})
%SEC-6-IPACCESSLOGP: list {word} denied tcp {ip}({int}) -> {ip}({int}), {int} packets
[UFW BLOCK] IN={iface} OUT= MAC={mac} SRC={ip} DST={ip} LEN={int} TTL={int} PROTO=TCP SPT={int} \
DPT={int}
BGP neighbor {ip} Up
BGP neighbor {ip} Down: hold timer expired`,
  assistant: String.raw`
model {model} answered in {dur} with {int} prompt and {int} completion tokens
model {model} refused the request: rate limit reached, retry after {dur}
embedding {int} chunks of document {uuid} with {model}
retrieved {digit} passages for conversation {uuid} in {dur} (top score {float})
tool {tool} called with {int} bytes of arguments
tool {tool} failed: {reason}
tool {tool} returned {int} bytes in {dur}
conversation {uuid} started by {email}
conversation {uuid} closed after {int} turns
guardrail {word} blocked a reply in conversation {uuid}
guardrail {word} allowed a reply in conversation {uuid}
feature store lookup for customer {int} took {dur} ({digit} features missing)
prediction {uuid} from {model} version {version}: score {float}
canary for {model} at {int}% of traffic: error rate {float}%
canary for {model} rolled back
canary for {model} promoted
training run {uuid} epoch {int} of {int}: loss {float}
training run {uuid} finished in {dur}
drift on feature {key}: psi {float}
向量索引重建完成，共 {int} 筆文件，耗時 {dur}
模型 {model} 回應逾時，已改用備援模型
客戶 {int} 的推薦結果已快取
提示詞超過上限：{int} 個 token`,
  batch: String.raw`
Job: [FlowJob: [name={word}]] launched with the following parameters: [{ run.id={int} }]
Job: [FlowJob: [name={word}]] completed with the following status: [{exit}]
Executing step: [{word}]
Step: [{word}] executed in {dur}
HikariPool-{digit} - Starting...
HikariPool-{digit} - Start completed.
HikariPool-{digit} - Pool stats (total={int}, active={int}, idle={int}, waiting={int})
HikariPool-{digit} - Thread starvation or clock leap detected (housekeeper delta={dur}).
Tomcat started on port(s): {int} (http) with context path ''
Started {cls} in {float} seconds (JVM running for {float})
No active profile set, falling back to default profiles: default
[Consumer clientId={word}-{digit}, groupId={word}] Resetting offset for partition {table}-{int} \
to offset {int}.
[Consumer clientId={word}-{digit}, groupId={word}] Discovered group coordinator {host}:{int} \
(id: {int} rack: null)
[Consumer clientId={word}-{digit}, groupId={word}] Revoke previously assigned partitions \
{table}-{int}
[Producer clientId={word}-{digit}] Closing the Kafka producer with timeoutMillis = {int} ms.
SQL Error: {digit}, SQLState: {int}
Bean '{cls}' of type [com.example.{cls}] is not eligible for getting processed by all \
BeanPostProcessors
Cache '{table}' evicted {int} entries
Cache '{table}' cleared
Processed {int} of {int} records ({float}%)
Skipping record {int}: {reason}
GC pause (young) {float}ms, heap {int}M->{int}M
Exposing {int} endpoint(s) beneath base path '/actuator'`,
};
