/**
 * Templates in the styles of eight more kinds of system, of our own making. They were written
 * before the tuning; their mean was seen during it, their failures were read once near its end, so
 * they are not held out. `{kind}` is a variable.
 */
export const secondSystems: Readonly<Record<string, string>> = {
  executor: String.raw`
Registered signal handlers for [{sigs}]
Changing view acls to: {user}
Changing modify acls to: {user}
SecurityManager: authentication disabled; ui acls disabled; users with view permissions: \
Set({user})
Starting remoting
Remoting started; listening on addresses :[akka.tcp://executor@{host}:{int}]
Successfully started service '{cls}' on port {int}.
Created local directory at {path}
MemoryStore started with capacity {size}
Connecting to driver: spark://{cls}@{ip}:{int}
Successfully registered with driver
Starting executor ID {int} on host {host}
Got assigned task {int}
Running task {float} in stage {float} (TID {int})
Finished task {float} in stage {float} (TID {int}). {int} bytes result sent to driver
Lost task {float} in stage {float} (TID {int}, {host}): java.io.{exc}: {reason}
Started reading broadcast variable {int}
Reading broadcast variable {int} took {dur}
Block broadcast_{int} stored as values in memory (estimated size {size}, free {size})
Block broadcast_{int}_piece{digit} stored as bytes in memory (estimated size {size}, free {size})
Block rdd_{int}_{int} stored as values in memory (estimated size {size}, free {size})
Found block rdd_{int}_{int} locally
Partition rdd_{int}_{int} not found, computing it
Input split: hdfs://{host}:{int}{path}:{int}+{int}
mapred.{key} is deprecated. Instead, use mapreduce.{key}
Times: total = {int}, boot = {int}, init = {int}, finish = {int}
attempt_{int}_m_{int}_{digit}: Committed
Saved output of task 'attempt_{int}_m_{int}_{digit}' to {path}
File Output Committer Algorithm version is {digit}
Driver commanded a shutdown
Shutdown hook called
Deleting directory {path}
Don't have map outputs for shuffle {int}, fetching them
Getting {int} non-empty blocks out of {int} blocks
Started {digit} remote fetches in {dur}`,
  ensemble: String.raw`
Accepted socket connection from /{ipport}
Closed socket connection for client /{ipport} which had sessionid 0x{hex16}
Closed socket connection for client /{ipport} (no session established for client)
Client attempting to establish new session at /{ipport}
Client attempting to renew session 0x{hex16} at /{ipport}
Established session 0x{hex16} with negotiated timeout {int} for client /{ipport}
Invalid session 0x{hex16} for client /{ipport}, probably expired
Expiring session 0x{hex16}, timeout of {int}ms exceeded
Processed session termination for sessionid: 0x{hex16}
caught end of stream exception
Exception causing close of session 0x{hex16} due to java.io.{exc}: {reason}
Connection broken for id {int}, my id = {digit}, error =
Connection request from old client /{ipport}; will be dropped if server is in r-o mode
Cannot open channel to {digit} at election address /{ipport}
Received connection request /{ipport}
Notification time out: {int}
Notification: {digit} (n.leader), 0x{hex8} (n.zxid), 0x{hex2} (n.round), {role} (n.state), \
{digit} (n.sid), 0x{hex2} (n.peerEPoch), {role} (my state)
New election. My id =  {digit}, proposed zxid=0x{hex8}
Interrupting SendWorker
Send worker leaving thread
Interrupted while waiting for message on queue
Snapshotting: 0x{hex8} to {path}
Reading snapshot {path}
Got user-level KeeperException when processing sessionid:0x{hex16} type:create cxid:0x{hex4} \
zxid:0x{hex8} txntype:{int} reqpath:n/a Error Path:{path} Error:KeeperErrorCode = NodeExists \
for {path}
FOLLOWING
LEADING
LOOKING
shutdown of request processor complete
tickTime set to {int}
minSessionTimeout set to {int}
maxSessionTimeout set to {int}
Defaulting to majority quorums
autopurge.snapRetainCount set to {digit}
Have quorum of supporters; starting up and setting last processed zxid: 0x{hex8}
First is 0x{hex4}`,
  httpd: String.raw`
workerEnv.init() ok {path}
mod_jk child workerEnv in error state {digit}
jk2_init() Found child {int} in scoreboard slot {digit}
jk2_init() Can't find child {int} in scoreboard
[client {ip}] Directory index forbidden by rule: {path}
[client {ip}] File does not exist: {path}
[client {ip}] script not found or unable to stat: {path}
[client {ip}] client denied by server configuration: {path}
[client {ip}] user {user} not found: {urlpath}
[client {ip}] user {user}: authentication failure for "{urlpath}": Password Mismatch
[client {ip}] request failed: URI too long (longer than {int})
Graceful restart requested, doing restart
caught SIGTERM, shutting down
server seems busy, (you may need to increase StartServers, or Min/MaxSpareServers), spawning \
{int} children, there are {int} idle, and {int} total children
Apache/{version} (Unix) configured -- resuming normal operations
Digest: generating secret for digest authentication ...
Digest: done
Can't find child {int} in scoreboard`,
  cloud: String.raw`
{ip} "GET {urlpath} HTTP/1.1" status: {status} len: {int} time: {float}
{ip} "POST {urlpath} HTTP/1.1" status: {status} len: {int} time: {float}
{ip} "DELETE {urlpath} HTTP/1.1" status: {status} len: {int} time: {float}
[machine: {uuid}] VM Started (Lifecycle Event)
[machine: {uuid}] VM Paused (Lifecycle Event)
[machine: {uuid}] VM Resumed (Lifecycle Event)
[machine: {uuid}] VM Stopped (Lifecycle Event)
[machine: {uuid}] Creating image
[machine: {uuid}] Attempting claim: memory {int} MB, disk {int} GB, vcpus {digit} CPU
[machine: {uuid}] Total memory: {int} MB, used: {float} MB
[machine: {uuid}] Total vcpu: {digit} VCPU, used: {float} VCPU
[machine: {uuid}] memory limit: {float} MB, free: {float} MB
[machine: {uuid}] Claim successful
[machine: {uuid}] Took {float} seconds to build instance.
[machine: {uuid}] Took {float} seconds to spawn the instance on the hypervisor.
[machine: {uuid}] Took {float} seconds to destroy the instance on the hypervisor.
[machine: {uuid}] Terminating instance
[machine: {uuid}] Deletion of {path} complete
[machine: {uuid}] Deleting instance files {path}
[machine: {uuid}] During sync_power_state the instance has a pending task ({task}). Skip.
Active base files: {path}
Removable base files: {path}
Unknown base file: {path}
image {uuid} at ({path}): checking
image {uuid} at ({path}): in use: on this node {digit} local, {digit} on other nodes sharing \
this instance storage
Creating event network-vif-plugged:{uuid} for instance {uuid}
HTTP exception thrown: No instances found for any event
Compute_service record updated for {host}:{host}
Auditing locally available compute resources for node {host}
Final resource view: name={host} phys_ram={int}MB used_ram={int}MB phys_disk={int}GB \
used_disk={int}GB total_vcpus={int} used_vcpus={digit} pci_stats=[]
The instance sync for host '{host}' did not match. Re-created its InstanceList.
Successfully synced instances from host '{host}'.
Running instance usage audit for host {host} from {isodate} to {isodate}. {digit} instances.
({int}) wsgi starting up on http://{ipport}
({int}) accepted {ip}`,
  wearable: String.raw`
onStandStepChanged {int}
onExtend:{int} {digit} {digit} {int}
setTodayTotalDetailSteps={int}##{int}##{int}##{int}##{int}##{int}
getTodayTotalDetailSteps = {int}##{int}##{int}##{int}##{int}##{int}
calculateCaloriesWithCache totalCalories={int}
calculateAltitudeWithCache totalAltitude={int}
REPORT : {int} {int} {int} {int}
flush sensor data
onReceive action: android.intent.action.SCREEN_ON
onReceive action: android.intent.action.SCREEN_OFF
screen status unknown,think screen on
processHandleBroadcastAction action:android.intent.action.{upper}
upLoadHealthData for more data
saveHealthDetailData() deviceCode={int},totalSteps={int}
tryToReloadTodayBasicSteps ... timeStampToday {bool}
getDetailData is empty for day {date}
needAutoSync autoSyncTime is {int} now time is {int}
writeStepsToDb size {int}
bulkSaveDetailHiHealthData fail errorCode = {digit},errorMessage = {reason}
checkInsertStatus stepSum or calorieSum is enough
initUserPrivacy the userPrivacy is {bool}
startTimer start autoSync
stepSync begin
stepSync end
onDestroy() called for {cls}
connected to band {mac}
band {mac} disconnected`,
  desktop: String.raw`
ARPT: {float}: wl0: setup_keepalive: Remote IP: {ip}
ARPT: {float}: wl0: setup_keepalive: Local port: {int}, Remote port: {int}
ARPT: {float}: wl0: leaveModulePoweredForOffloads: Wi-Fi will stay on.
ARPT: {float}: AirPort_Brcm43xx::powerChange: System Sleep
ARPT: {float}: AirPort_Brcm43xx::powerChange: System Wake - Full Wake/ Dark Wake / Maintenance \
wake
en{digit}: BSSID changed to {mac}
en{digit}::IO80211Interface::postMessage bssid changed
AirPort: Link Down on en{digit}. Reason {digit} ({reason}).
AirPort: Link Up on en{digit}
mDNSResponder: mDNS_DeregisterInterface: Frequent transitions for interface en{digit} ({ipv6})
mDNSResponder: mDNS_RegisterInterface: Frequent transitions for interface en{digit} ({ip})
network changed: v4(en{digit}:{ip}) v6(en{digit}:{ipv6}) DNS Proxy SMB
network changed: v4(en{digit}-:{ip}) DNS- Proxy-
Thermal pressure state: {digit} Memory pressure state: {digit}
Wake reason: {upper} (Network)
Wake reason: {upper} (Human)
PM response took {int} ms ({int}, {proc})
[HID] [ATC] AppleDeviceManagementHIDEventService::processWakeReason Wake reason: Host (0x{hex2})
hibernate image path: {path}
hibernate_page_list_setall(preflight {digit}) start
hibernate_page_list_setall time: {int} ms
Previous sleep cause: {digit}
Sandbox: {proc}({int}) deny({digit}) mach-lookup {bundle}
Sandbox: {proc}({int}) deny({digit}) file-read-data {path}
{bundle}: scheduler_evaluate_activity told me to run this job; however, but the start time \
isn't for {int} seconds.  Ignoring.
Service exited with abnormal code: {digit}
Service only ran for {digit} seconds. Pushing respawn out by {digit} seconds.
Unable to load library for {bundle} : {reason}
[{time}] <<<< {cls} >>>> {word}: frame {int} dropped
[{time}] <<<< {cls} >>>> {word}: rate changed to {float}
Captive: [CNInfoNetworkActive:{int}] en{digit}: SSID '{word}' making interface primary (cache \
indicates network not captive)
CoreDAV: Unable to reach {fqdn} ({int})
Error: The operation couldn't be completed. (NSURLErrorDomain error {int}.)
tcp_connection_tls_session_error_callback_imp {int} \
tcp_connection_tls_session_handle_read_error.{int} error {int}
DeviceID: {mac} tick {digit} of {digit}
Bluetooth: HCI command {hex4} timed out`,
  resources: String.raw`
Created MRAppMaster for application appattempt_{int}_{int}_{int}
Executing with tokens:
Kind: YARN_AM_RM_TOKEN, Service: , Ident: (appAttemptId { {int} } attemptId: {digit})
Using mapred newApiCommitter.
OutputCommitter set in config null
Registering class {cls} for class {cls}
Default file system [hdfs://{host}:{int}]
Adding job token for job_{int}_{int} to jobTokenSecretManager
Input size for job job_{int}_{int} = {int}. Number of splits = {int}
Number of reduces for job job_{int}_{int} = {digit}
job_{int}_{int}Job Transitioned from {state} to {state}
task_{int}_{int}_m_{int} Task Transitioned from {state} to {state}
attempt_{int}_{int}_m_{int}_{digit} TaskAttempt Transitioned from {state} to {state}
Progress of TaskAttempt attempt_{int}_{int}_m_{int}_{digit} is : {float}
Starting Socket Reader #{digit} for port {int}
IPC Server Responder: starting
IPC Server listener on {int}: starting
Added filter AM_PROXY_FILTER (class=org.apache.hadoop.yarn.{cls}) to context {word}
Opening proxy : {host}:{int}
Processing the event EventType: {upper} for container container_{int}_{int}_{int}_{int} \
taskAttempt attempt_{int}_{int}_m_{int}_{digit}
Launching attempt_{int}_{int}_m_{int}_{digit}
Got allocated containers {int}
Assigned container container_{int}_{int}_{int}_{int} to attempt_{int}_{int}_m_{int}_{digit}
After Scheduling: PendingReds:{int} ScheduledMaps:{int} ScheduledReds:{int} AssignedMaps:{int} \
AssignedReds:{int}
Recalculating schedule, headroom=<memory:{int}, vCores:{int}>
Reduce slow start threshold not met. completedMapsForReduceSlowstart {int}
getResources() for application_{int}_{int}: ask={digit} release= {digit} newContainers={digit} \
finishedContainers={digit} resourcelimit=<memory:{int}, vCores:{int}> knownNMs={digit}
JVM with ID : jvm_{int}_{int}_m_{int} asked for a task
JVM with ID: jvm_{int}_{int}_m_{int} given task: attempt_{int}_{int}_m_{int}_{digit}
Failed to renew lease for [DFSClient_NONMAPREDUCE_{int}_{digit}] for {int} seconds.  Will retry \
shortly ...
Address change detected. Old: {host}/{ipport} New: {host}:{int}
Retrying connect to server: {host}:{int}. Already tried {digit} time(s); retry policy is \
RetryUpToMaximumCountWithFixedSleep(maxRetries={int}, sleepTime={int} MILLISECONDS)
ERROR IN CONTACTING RM.
Error communicating with RM: {reason}
Diagnostics report from attempt_{int}_{int}_m_{int}_{digit}: Error: java.net.{exc}: {reason}
DFSOutputStream ResponseProcessor exception  for block {blk}
Task cleanup failed for attempt attempt_{int}_{int}_m_{int}_{digit}`,
  database: String.raw`
connection received: host={ip} port={int}
connection authorized: user={user} database={word} application_name={proc}
disconnection: session time: {clock} user={user} database={word} host={ip} port={int}
checkpoint starting: time
checkpoint starting: immediate force wait
checkpoint complete: wrote {int} buffers ({float}%); {digit} WAL file(s) added, {digit} \
removed, {digit} recycled; write={float} s, sync={float} s, total={float} s
duration: {float} ms  statement: SELECT count(*) FROM {table}
duration: {float} ms  statement: DELETE FROM {table} WHERE id = {int}
relation "{table}" does not exist at character {int}
duplicate key value violates unique constraint "{table}_pkey"
Key (id)=({int}) already exists.
deadlock detected
process {int} still waiting for ShareLock on transaction {int} after {float} ms
process {int} acquired ShareLock on transaction {int} after {float} ms
password authentication failed for user "{user}"
no pg_hba.conf entry for host "{ip}", user "{user}", database "{word}", no encryption
automatic vacuum of table "{word}.public.{table}": index scans: {digit}
automatic analyze of table "{word}.public.{table}"
received fast shutdown request
aborting any active transactions
database system is ready to accept connections
background worker "logical replication launcher" (PID {int}) exited with exit code {digit}
DB loaded from disk: {float} seconds
Background saving started by pid {int}
Background saving terminated with success
{int} changes in {int} seconds. Saving...
Accepted {ipport}
Client closed connection {ipport}
Replica {ipport} asks for synchronization
Full resync requested by replica {ipport}
Fork CoW for RDB: current {int} MB, peak {int} MB, average {int} MB
資料表 {table} 已重建索引，共 {int} 筆
複寫延遲 {int} 毫秒，超過門檻
複寫已恢復`,
};
