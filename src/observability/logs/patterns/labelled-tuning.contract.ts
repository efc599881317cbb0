/**
 * Templates that the miner was tuned with, of our own making: a line each, in the styles of eight
 * kinds of system. `{kind}` is a variable; see `labelled.contract.ts`.
 */
export const tuningSystems: Readonly<Record<string, string>> = {
  kernel: String.raw`
usb {usbport}: new high-speed USB device number {small} using xhci_hcd
usb {usbport}: USB disconnect, device number {small}
EXT4-fs ({disk}): mounted filesystem with ordered data mode. Opts: (null)
EXT4-fs ({disk}): re-mounted. Opts: errors=remount-ro
eth{digit}: link up, {int}Mbps, full-duplex, lpa 0x{hex4}
eth{digit}: link down
audit: type={int} audit({float}:{int}): apparmor="STATUS" operation="profile_load" \
name="{path}" pid={int}
Out of memory: Kill process {int} ({proc}) score {int} or sacrifice child
Killed process {int} ({proc}) total-vm:{int}kB, anon-rss:{int}kB, file-rss:{int}kB
CPU{digit}: Core temperature above threshold, cpu clock throttled (total events = {int})
CPU{digit}: Core temperature/speed normal
Memory: {int}k/{int}k available ({int}k kernel code, {int}k reserved, {int}k data, {int}k init)
BIOS-e820: {hex16} - {hex16} (usable)
BIOS-e820: {hex16} - {hex16} (reserved)
BIOS-e820: {hex16} - {hex16} (ACPI data)
PCI: Using IRQ router PIIX/ICH [{hex4}/{hex4}] at {pci}
ACPI: Interpreter enabled
ACPI: Using IOAPIC for interrupt routing
Freeing unused kernel memory: {int}k freed
session opened for user {user} by (uid={small})
session closed for user {user}
authentication failure; logname= uid={small} euid={small} tty=NODEVssh ruser= rhost={fqdn}
check pass; user unknown
connection from {ip} ({fqdn}) at {cdate}
connection from {ip} () at {cdate}
{proc} startup succeeded
{proc} shutdown succeeded
{proc} shutdown failed
ALERT exited abnormally with [{digit}]
({user}) CMD ({path} {path})
({user}) RELOAD (crontabs/{user})
klogd {version}, log source = {path} started.
Kernel command line: ro root=LABEL=/ rhgb quiet
Dentry cache hash table entries: {int} (order: {digit}, {int} bytes)
Inode-cache hash table entries: {int} (order: {digit}, {int} bytes)
imklog {version}, log source = {path} started.
Started {proc} daemon.
Stopped {proc} daemon.
Reached target Multi-User System.
warning: can't get client address: Connection reset by peer
couldn't add command channel {ip}#{int}: not found
listening on IPv4 interface {iface}, {ip}#{int}
Cannot join {word} mcast group: {word} busy, retry in {dur}`,
  blockstore: String.raw`
Receiving chunk {blk} src: /{ipport} dest: /{ipport}
Received chunk {blk} of size {int} from /{ip}
Received chunk {blk} src: /{ipport} dest: /{ipport} of size {int}
AckResponder {digit} for chunk {blk} terminating
AckResponder {blk} {digit} Exception java.io.{exc}: {reason}
chunk.Directory.allocateChunk: {path}. {blk}
chunk.Directory.addStored: map updated: {ipport} is added to {blk} size {int}
chunk.Directory.addStored: redundant addStored request received for {blk} on {ipport} size {int}
chunk.Directory.delete: {blk} is added to invalidSet of {ipport}
Deleting chunk {blk} file {path}
Verification succeeded for {blk}
Unexpected error trying to delete chunk {blk}. ChunkInfo not found in volumeMap.
{ipport}:Got exception while serving {blk} to /{ip}:
{ipport} Served chunk {blk} to /{ip}
{ipport} Starting thread to transfer chunk {blk} to {iplist}
{ipport}:Transmitted chunk {blk} to /{ipport}
{ipport}:Failed to transfer {blk} to {ipport} got java.io.{exc}: {reason}
Exception in receiveChunk for chunk {blk} java.io.{exc}: {reason}
writeChunk {blk} received exception java.io.{exc}: {reason}
Changing chunk file offset of chunk {blk} from {int} to {int} meta file offset to {int}
PendingMonitor timed out chunk {blk}
chunk.State.ask: ask {ipport} to replicate {blk} to datanode(s) {iplist}
chunk.State.ask: ask {ipport} to delete {blklist}
Reopen Chunk {blk}
Adding an already existing chunk {blk}
Removing chunk {blk} from neededReplications as it does not belong to any file.
Roll Edit Log from {ip}
Number of transactions: {int} Total time for transactions(ms): {int} Number of syncs: {int}`,
  shell: String.raw`
Failed password for {user} from {ip} port {int} ssh2
Failed password for invalid user {user} from {ip} port {int} ssh2
Failed none for invalid user {user} from {ip} port {int} ssh2
Accepted password for {user} from {ip} port {int} ssh2
Accepted publickey for {user} from {ip} port {int} ssh2: RSA SHA256:{b64}
Invalid user {user} from {ip}
input_userauth_request: invalid user {user} [preauth]
Connection closed by {ip} [preauth]
Connection closed by {ip} port {int} [preauth]
Received disconnect from {ip}: {int}: Bye Bye [preauth]
Received disconnect from {ip}: {int}: disconnected by user
Received disconnect from {ip}: {int}: Closed due to user request. [preauth]
pam_unix(sshd:auth): authentication failure; logname= uid={small} euid={small} tty=ssh ruser= \
rhost={fqdn}
pam_unix(sshd:auth): authentication failure; logname= uid={small} euid={small} tty=ssh ruser= \
rhost={ip}  user={user}
pam_unix(sshd:auth): check pass; user unknown
pam_unix(sshd:session): session opened for user {user} by (uid={small})
pam_unix(sshd:session): session closed for user {user}
PAM {digit} more authentication failures; logname= uid={small} euid={small} tty=ssh ruser= \
rhost={ip}
reverse mapping checking getaddrinfo for {fqdn} [{ip}] failed - POSSIBLE BREAK-IN ATTEMPT!
Address {ip} maps to {fqdn}, but this does not map back to the address - POSSIBLE BREAK-IN \
ATTEMPT!
Did not receive identification string from {ip}
Bad protocol version identification '{junk}' from {ip} port {int}
fatal: Write failed: Connection reset by peer [preauth]
error: Received disconnect from {ip}: {int}: com.jcraft.jsch.JSchException: Auth fail [preauth]
Disconnecting: Too many authentication failures for {user} [preauth]
Server listening on {ip} port {int}.
Server listening on :: port {int}.
message repeated {digit} times: [ Failed password for {user} from {ip} port {int} ssh2]
subsystem request for sftp by user {user}`,
  phone: String.raw`
acquire lock={int}, flags=0x{hex4}, tag="{tag}", name={pkg}, ws=null, uid={int}, pid={int}
acquire lock={int}, flags=0x{hex4}, tag="{tag}", name={pkg}, ws=WorkSource{ {int} }, uid={int}, \
pid={int}
release lock={int}, flg=0x{hex4}, tag="{tag}", name={pkg}", ws=null, uid={int}, pid={int}
ready=true,policy={digit},wakefulness={digit},wksummary=0x{hex4},uasummary=0x{hex4},bootcomplete\
d=true
setSystemUiVisibility vis={hex4} mask={hex8} oldVal={hex4} newVal={hex4} diff={hex4}
Skipping AppWindowToken{{hex8} token=Token{{hex8} ActivityRecord{{hex8} u0 {pkg}/.{cls} \
t{int}}}} -- going to hide
startAnimation begin
startAnimation end
onTouchEvent action={digit}, x={float}, y={float}
cancelPeek
cancelNotification,index:{digit}
cancelNotification,cancelNotificationLocked,callingUid = {int},callingPid = {int}
Start proc {int}:{pkg}/u0a{int} for activity {pkg}/.{cls}
Start proc {int}:{pkg}/u0a{int} for service {pkg}/.{cls}
Killing {int}:{pkg}/u0a{int} (adj {int}): empty for {dur}
battery level changed from {int} to {int}
getRunningAppProcesses: caller {int} does not hold REAL_GET_TASKS; limiting output
Destroying surface Surface(name={cls}) called by {trace}
printFreezingDisplayLogsopening app wtoken = AppWindowToken{{hex8} token=Token{{hex8}}}, \
allDrawn= false
computeScreenConfigurationLocked() Initial, reqOrient={int}
moveTaskToFront: moving taskId={int}
interceptKeyTq keycode={int} interactive=true keyguardActive=false policyFlags={hex8}
animateCollapsePanels:flags={digit}, force=false, delayed=false, mExpandedVisible=false
updateClockVisibility visible: {bool}, style: {digit}
Bad activity token: android.os.BinderProxy@{hex8}
Battery saver is {onoff}
isSmartLightOn: {bool}
visible is system.call.count gt {digit}
visible is system.time.showampm
visible is system.charge.show
playSoundEffect   effectType: {digit}
querySoundEffectsEnabled...
HBM brightnessIn ={int}
HBM brightnessOut ={int}
Animating brightness: target={int}, rate={int}
requestAudioFocus() from {pkg} uid {int}
abandonAudioFocus() from {pkg} uid {int}`,
  supercomputer: String.raw`
instruction cache parity error corrected
data cache parity error detected and corrected
{int} ddr errors(s) detected and corrected on rank {digit}, symbol {int}, bit {digit}
CE sym {int}, at 0x{hex8}, mask 0x{hex2}
total of {int} ddr error(s) detected and corrected
generating core.{int}
{int} double-hummer alignment exceptions
program interrupt: fp cr field .............{digit}
program interrupt: illegal instruction......{digit}
data address: 0x{hex8}
instruction address: 0x{hex8}
machine check interrupt (bit=0x{hex2}): L2 dcache unit data parity error
machine check status register: 0x{hex8}
floating point operation............................{digit}
byte ordering exception.....................{digit}
data storage interrupt caused by {word} access
ciod: failed to read message prefix on control stream (CioStream socket to {ipport}
ciod: Error reading message prefix after LOGIN_MESSAGE on CioStream socket to {ipport}: Link \
has been severed
ciod: Error loading {path}: invalid or missing program image, No such file or directory
ciod: Error loading {path}: invalid or missing program image, Permission denied
ciod: LOGIN chdir({path}) failed: No such file or directory
Node card VPD check: missing {node} node, VPD ecid {hexupper} in processor card slot {word}
Node card status: no ALERTs are active. Clock Mode is Low. Clock Select is Midplane.
idoproxydb hit ASSERT condition: ASSERT expression={digit} Source file={path} Source line={int}
NodeCard is not fully functional
mailbox monitor thread exiting on {node}
shutdown complete
Lustre mount FAILED : {node} : block_id : location
ciodb has been restarted.
rts: kernel terminated for reason {int}
rts: bad message header: invalid node rank [0x{hex8}] cpu {digit} [0x{hex4}]
Temperature ({int}C) exceeds warning threshold
Fan speeds ( {int} {int} {int} {int} {int} {int} )
PSU status ( on on )
PSU status ( off on )
ServerFileSystem domain storage{int} is full
ServerFileSystem: An ServerFileSystem domain panic has occurred on storage{int}
Link error on broadcast tree Interconnect-0T{digit}:{digit}:{digit}
Link ok on broadcast tree Interconnect-0T{digit}:{digit}:{digit}
boot (command {int}) Error: {node} can not be booted: state is {state}
risBoot command ERROR
Targeting domains:node-D{digit} and nodes:node-[{range}] child of command {int}
Component State Change: Component "{alt}" is in the unavailable state (HWID={int})
Component State Change: Component "{alt}" is in the available state (HWID={int})`,
  proxy: String.raw`
{fqdnport} open through proxy {fqdnport} HTTPS
{fqdnport} open through proxy {fqdnport} SOCKS5
{fqdnport} close, {bytes} sent, {bytes} received, lifetime {life}
{fqdnport} close, {bytes} ({kb}) sent, {bytes} received, lifetime {life}
{fqdnport} close, {bytes} sent, {bytes} ({kb}) received, lifetime {life}
{fqdnport} close, {bytes} ({kb}) sent, {bytes} ({kb}) received, lifetime {life}
{fqdnport} error : Could not connect through proxy {fqdnport} - Proxy server cannot establish a \
connection with the target, status code {int}
{fqdnport} error : Could not connect to proxy {fqdnport} - connection attempt failed with error \
{int}
{fqdnport} error : A connection request was canceled before the completion.
open directly
{proc}.exe *64 - {fqdnport} matching rule "{word}" : using proxy
Automatic DNS mode detection: local DNS service is {avail}
(re)resolving {fqdn} failed: SERVFAIL`,
  servicing: String.raw`
Loaded Servicing Stack v{version} with Core: {winpath}
Ending TrustedInstaller initialization.
Starting TrustedInstaller finalization.
Ending TrustedInstaller finalization.
SQM: Initializing online with Windows opt-in: False
SQM: Cleaning up report files older than {int} days.
SQM: Requesting upload of all unsent reports.
SQM: Failed to start upload with file pattern: {winpath}, flags: 0x{digit} [HRESULT = 0x{hex8} \
- {efail}]
SQM: Failed to start standard sample upload. [HRESULT = 0x{hex8} - {efail}]
SQM: Queued {digit} file(s) for upload with pattern: {winpath}, flags: 0x{digit}
SQM: Warning: Failed to upload all unsent reports. [HRESULT = 0x{hex8} - {efail}]
No startup processing required, TrustedInstaller service was not set as autostart, or else a \
reboot is still pending.
NonStart: Checking to ensure startup processing was not required.
NonStart: Success, startup processing not required as expected.
Startup processing thread terminated normally
Session: {int}_{int} initialized by client {clientname}.
Read out cached package applicability for package: \
Package_{digit}_for_KB{int}~31bf3856ad364e35~amd64~~{version}, ApplicableState: {int}, \
CurrentState:{int}
Failed to internally open package. [HRESULT = 0x{hex8} - {efail}]
Failed to create open package. [HRESULT = 0x{hex8} - {efail}]
Failed to get next element [HRESULT = 0x{hex8} - {efail}]
Warning: Unrecognized packageExtended attribute.
Expecting attribute name [HRESULT = 0x{hex8} - {efail}]
{hex8} Created NT transaction (seq {int}) result 0x{hex8}, handle @0x{hex4}
{hex8}@{isodate} CSI Transaction @0x{hex8} initialized for deployment engine with flags {hex8} \
and client id [{int}]"TI{int}.{int}/Package"
{hex8}@{isodate} WcpInitialize (wcp.dll version {version}) called (stack @0x{hex8} @0x{hex8} \
@0x{hex8})
{hex8} IAdvancedInstallerAwareStore_ResolvePendingTransactions (call {digit}) (flags = {hex8}, \
progress = NULL, phase = {digit}, pdwDisposition = @0x{hex8}
Idle processing thread terminated normally
Reboot mark refs incremented to: {digit}
Reboot mark refs: {digit}
Unload deferred: {winpath}`,
  web: String.raw`
GET {urlpath} {status} {float} ms - {int}
POST {urlpath} {status} {float} ms - {int}
DELETE {urlpath} {status} {float} ms - {int}
user {email} signed in from {ip}
user {email} signed out
order {uuid} placed by {user} for {money} ({small} items)
order {uuid} cancelled by {user}
order {uuid} failed: payment declined by {provider}
retrying payment {uuid} in {dur} (attempt {digit} of {digit})
payment provider {provider} answered {status} after {dur}
level=info msg="request handled" method={method} path={urlpath} status={status} duration={dur}
level=warn msg="slow query" table={table} duration={dur} rows={int}
level=error msg="cannot reach cache" host={host} error="{reason}"
cache miss for key {key}
cache hit for key {key}
queue {table} has {int} messages, oldest {dur}
queue {table} is empty
worker {digit} started
worker {digit} stopped
worker {digit} exited with code {digit}
connection pool exhausted: {int} waiting, {int} in use
connected to {host}:{int}
disconnected from {host}:{int}
migration {int}_{word} applied in {dur}
feature flag {key} is {onoff}
sent mail {uuid} to {email} template={table}
mail {uuid} bounced: {reason}
健康檢查完成，耗時 {int} 毫秒
訂單 {int} 建立成功，金額 {int} 元
訂單 {int} 付款失敗：餘額不足
訂單 {int} 付款失敗：卡片已過期
使用者{cjkname}登入成功
使用者{cjkname}登出
無法連線至資料庫 {host}，將於 {int} 秒後重試
user {fullname} updated profile
export of {table} finished: {int} rows in {dur}
Removing nodes [{list}] from ring
Rebalanced partitions [{numlist}] to {host}
invalid token for tenant {word}
tenant {word} suspended
tenant {word} resumed
job {word}-{int} completed in {dur}
job {word}-{int} failed after {digit} attempts: {reason}`,
};
