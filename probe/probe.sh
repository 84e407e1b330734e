#!/bin/sh
# Virtadmin's probe for servers without Python: answers requests on standard input with the text of the
# kernel's own counters, the same text as probe.py (read its beginning; the protocol is in probe/README.md of
# Virtadmin). Any POSIX sh; needs tail and stat (or df); for rarer requests cat, sleep, awk, tr, grep, logger.
#
#   probe.sh HUB_NAME [LOG_FILE]
#
# shellcheck disable=SC2086 # what stands without quotes below is meant to be split

if [ "${SSH_ORIGINAL_COMMAND+set}" ]; then
  echo 'virtadmin: this key runs the probe and nothing else' >&2
  exit 126
fi
[ $# -gt 0 ] || { echo 'usage: probe.sh HUB_NAME [LOG_FILE]' >&2; exit 2; }
hub=$1
log_file=${2:-${0%/*}/virtadmin.log}
exec 2>/dev/null             # what goes wrong below is told in an answer, or is nothing to anybody

LC_ALL=C
export LC_ALL
set -f                       # no word below turns into file names
# shellcheck disable=SC3045 # where there is no -v, that is all the same
ulimit -v 131072             # KiB: a request without an end takes no more memory than that, it ends the probe
longest=2000                 # bytes of a request
log_minute=-60 log_count=0 known_table=''
has_stat=$(stat -f -c %S /)
nl='
'

# watch: ends this probe after 15 minutes without a request (its line in /proc changes with every answer), and
# itself within a minute after the probe is gone.
watch() {
  # $! is there the moment the sleep is; KILL, as another signal may be lost between its fork and its exec
  trap 'kill -KILL "$!" 2>/dev/null; exit' TERM
  silent=0 old=
  while read -r new <"/proc/$self/stat"; do
    if [ "$new" = "$old" ]; then silent=$((silent + 1)); else silent=0 old=$new; fi
    if [ $silent -ge 15 ]; then kill "$self" && return; fi
    sleep 60 &
    wait $! || return # without a sleep there is no telling
  done
}

self=$$
watch </dev/null >/dev/null &
watcher=$!
trap 'kill $watcher' EXIT
trap 'exit 0' HUP INT PIPE TERM

# reply WORD TEXT: in one write, so that it travels in one packet. When nobody listens any more, that is the end.
reply() { printf 'virtadmin-probe 1 %s\n%s\nvirtadmin-probe end\n' "$1" "$2" || exit 0; }
complain() { reply error "error $1"; }

# What tail cannot read it leaves out.
sample_files='/proc/stat /proc/meminfo /proc/loadavg /proc/uptime /proc/net/dev /proc/diskstats
/proc/sys/kernel/random/boot_id /proc/pressure/cpu /proc/pressure/memory /proc/pressure/io /proc/self/mountinfo'
facts_files='/etc/os-release /proc/version /proc/sys/kernel/hostname /sys/class/dmi/id/sys_vendor
/sys/class/dmi/id/product_name'

sample() {
  text=$(tail -n +1 $sample_files)
  mount_table "$text"
  if [ "$table" != "$known_table" ]; then
    known_table=$table
    find_disks
  fi
  measure_disks
  reply sample "${text%%"==> /proc/self/mountinfo <=="*}${mounts:+==> mounts <==$mounts}"
}

# mount_table TEXT: sets $table to the mountinfo that ends TEXT, its last line first.
mount_table() {
  table='' heading_seen=
  IFS=$nl
  for line in $1; do
    case $heading_seen$line in
      '==> /proc/self/mountinfo <==') heading_seen=: ;;
      :*) table=$line$nl$table ;;
    esac
  done
}

# find_disks: of $table sets $disks to the real file systems, each once, a line each: device, type, source, place,
# options. What is mounted at / comes first, then whole file systems, then parts of one (bind mounts, subvolumes).
# The newest mount of a place hides those before.
find_disks() {
  places=' ' beyond='' first='' whole='' parts='' disks='' seen=' '
  IFS=$nl
  for line in $table; do sort_mount "$line"; done
  IFS=$nl
  for line in $first$whole$parts; do choose_disk "$line"; done
}

# sort_mount LINE: a line of mountinfo into $first, $whole or $parts, or $beyond, below which nothing is looked at.
# What has a disk has a device number like 8:1; a network, pseudo or FUSE file system has one like 0:42.
sort_mount() {
  more=${1#* - }
  IFS=' '
  set -- $1
  case $5 in /proc | /proc/* | /sys | /sys/* | /dev | /dev/*) return ;; esac
  case $places in *" $5 "*) return ;; esac
  places="$places$5 "
  kind=${more%% *} more=${more#* }
  case $3,$kind,$5 in
    *,fuseblk,* | *,gfs2,* | *,ocfs2,*) beyond="$beyond $5" && return ;; # may hang although they have a disk
    0:*,btrfs,* | 0:*,zfs,* | 0:*,bcachefs,* | 0:*,ubifs,* | 0:*,jffs2,* | 0:*,overlay,/ | 0:*,aufs,/) ;;
    0:*,overlay,* | 0:*,aufs,* | 0:*,tmpfs,* | 0:*,devtmpfs,* | 0:*,ramfs,* | 0:*,rootfs,* | 0:*,autofs,*) return ;;
    0:*) beyond="$beyond $5" && return ;;
    *,squashfs,* | *,iso9660,* | *,udf,* | *,erofs,* | *,cramfs,* | *,romfs,*) return ;; # always full, never a worry
  esac
  source=${more%% *} options=$6
  case ${more#* } in ro | ro,*) options=ro${6#r[ow]} ;; esac # one with errors turns read-only as a whole
  line="$4 $3 $kind ${source:--} $5 $options"
  case $5,$4 in
    /,*) first=$line$nl ;;
    *,/) whole=$line$nl$whole ;;
    *) parts=$line$nl$parts ;;
  esac
}

# choose_disk "ROOT DEVICE TYPE SOURCE PLACE OPTIONS": adds it to $disks unless its device is there already.
choose_disk() {
  IFS=' '
  set -- $1
  case $seen in *" $2 "*) return ;; esac
  for place in $beyond; do
    case $5 in "$place"/*) return ;; esac
  done
  unescape "$5"
  if [ "$1" != / ] && [ -f "$path" ]; then return; fi # containers have /etc/hosts mounted
  seen="$seen$2 "
  disks="$disks$2 $3 $4 $5 $6$nl"
}

# unescape PATH: sets $path; the kernel writes blanks and the like as a backslash and three octal digits.
unescape() {
  path=$1
  # shellcheck disable=SC2059
  case $1 in
    *%*) ;; # with a backslash too it is so rare that it stays unmeasured
    *\\*) path=$(printf "$1") ;;
  esac
}

# measure_disks: sets $mounts to their lines in the answer; one program asks the kernel for the sizes of all.
measure_disks() {
  set --
  ours='' mounts='' sizes=''
  IFS=$nl
  for line in $disks; do
    place=${line% *}
    unescape "${place##* }"
    if [ -e "$path" ]; then ours=${ours}y && set -- "$@" "$path"; else ours=${ours}n; fi # n: not ours to look at
  done
  if [ $# -eq 0 ]; then :; elif [ "$has_stat" ]; then
    sizes=$(stat -f -c '%S %b %f %a %c %d' "$@")
  else
    sizes=$(by_df "$@")
  fi
  expected=$#
  set -- $sizes
  [ $# -eq $expected ] || set -- # one vanished just now: no sizes this time rather than wrong ones
  for line in $disks; do
    size='- - - - - -'
    case $ours,$# in
      *,0) ;;
      y*) in_kib "$1" && shift ;;
    esac
    ours=${ours#?} mounts="$mounts${nl}mount $line $size"
  done
}

# in_kib "BLOCK_SIZE BLOCKS FREE AVAILABLE INODES INODES_FREE": sets $size as the answer has it.
in_kib() {
  IFS=' '
  set -- $1
  size="$(($2 * $1 / 1024)) $((($2 - $3) * $1 / 1024)) $(($4 * $1 / 1024))"
  if [ "$5" -gt 0 ]; then size="$size $5 $(($5 - $6)) $6"; else size="$size - - -"; fi
}

# by_df PATH ...: the same as stat's, where stat is missing. A path may hold blanks, so the columns are found by their shape.
by_df() {
  { df -P -k "$@"; df -P -i "$@"; } | awk -v count=$# '
    match($0, / +[0-9]+ +[0-9]+ +-?[0-9]+ +([0-9]+%|-) +\//) { split(substr($0, RSTART), row); line[++lines] = row[1] " " row[2] " " row[3] }
    END {
      for (i = 1; i <= count; i++) {
        split(line[i], size); split(line[i + count] " 0 0 0", inodes)
        printf "1024 %.0f %.0f %.0f %.0f %.0f\n", size[1], size[1] - size[2], size[3], inodes[1], inodes[3]
      }
    }'
}
facts() {
  text=$(tail -n +1 $facts_files)
  cpu='' links=''
  while IFS= read -r line && [ "$line" ]; do cpu=$cpu$nl$line; done </proc/cpuinfo
  set +f
  for folder in /sys/class/net/*; do
    if [ -d "$folder" ]; then link "$folder"; fi
  done
  set -f
  [ -z "$cpu" ] || text="$text$nl$nl==> /proc/cpuinfo <==$(printf '%.4096s' "$cpu")"
  [ -z "$links" ] || text="$text$nl$nl==> links <==$links"
  reply facts "$text$nl$nl==> probe <==${nl}kind sh"
}

# link FOLDER: adds an interface to $links. Virtual ones, and those without a cable, have no speed to be read.
link() {
  speed='' state='' kind=virtual
  read -r speed <"$1/speed"
  read -r state <"$1/operstate"
  case $speed in '' | *[!0-9]*) speed=- ;; esac
  if [ -e "$1/device" ]; then kind=physical; fi
  links="$links${nl}link ${1##*/} $speed ${state:--} $kind"
}

# The kernel's text on all processes twice; never their arguments, which may hold secrets.
processes_twice() {
  set +f
  cat /proc/uptime /proc/[0-9]*/stat
  sleep 0.25 || sleep 1
  cat /proc/uptime /proc/[0-9]*/stat
}

top() {
  ticks=$(getconf CLK_TCK || echo 100)
  page=$(getconf PAGESIZE || echo 4096)
  text=$(processes_twice | awk -v ticks="$ticks" -v page="$page" '
    function show(weight, least, turn, pid, best, shown) {
      for (turn = 0; turn < 5; turn++) {
        best = ""
        for (pid in weight) if (!(pid in shown) && weight[pid] >= least && (best == "" || weight[pid] > weight[best])) best = pid
        if (best == "") return
        shown[best] = 1
        if (!(best in told)) printf "process %s %d %.0f %s\n", best, used[best], memory[best], name[best]
        told[best] = 1
      }
    }
    NF == 2 && !/\(/ { round++; uptime[round] = $1; next }
    match($0, /^[0-9]+ \(.*\) [A-Za-z] /) {
      pid = $1
      comm = substr($0, length(pid) + 3, RLENGTH - length(pid) - 6)
      if (split(substr($0, RLENGTH - 1), field) < 22) next
      cpu = field[12] + field[13]
      if (round == 1) { before[pid] = cpu; next }
      used[pid] = cpu > before[pid] ? cpu - before[pid] : 0
      memory[pid] = field[22] * page / 1024
      gsub(/[^ -~]/, "?", comm)
      name[pid] = comm
    }
    END {
      printf "interval %.2f clk_tck %d\n", uptime[2] - uptime[1], ticks
      show(used, 1)
      show(memory, 0)
    }')
  case $text in interval*) reply top "$text" ;; *) complain 'top needs awk' ;; esac
}

log() {
  read -r now more </proc/uptime
  now=${now%.*}
  if [ $((now - log_minute)) -ge 60 ]; then log_minute=$now log_count=0; fi
  log_count=$((log_count + 1))
  if [ $log_count -gt 10 ]; then complain 'no more than 10 log lines a minute' && return; fi
  line="$hub: $(printf '%.500s' "$1" | tr -c ' -~' '?')"
  listener=$(readlink -f /dev/log)
  if [ -e /dev/log ] && grep -qF " ${listener:-/dev/log}" /proc/net/unix &&
    logger -p user.warning -t virtadmin -- "$line"; then
    case $listener in *journal*) reply log 'logged journal' ;; *) reply log 'logged syslog' ;; esac
  elif to_file "$line"; then
    reply log "logged $log_file"
  else
    complain "no logger listens, and $log_file cannot be written"
  fi
}

# to_file LINE: to the log file, of which the newer half is kept when it gets over 256 KiB.
to_file() {
  if [ -e "$log_file" ] && [ "$(wc -c <"$log_file")" -gt 262144 ]; then
    kept=$(tail -c 131072 "$log_file")
    printf '%s\n' "$kept" >"$log_file"
  fi
  printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" >>"$log_file"
}

while IFS= read -r request; do
  if [ ${#request} -gt $longest ]; then
    complain "a request has $longest bytes at most"
    continue
  fi
  case $request in
    sample) sample ;;
    facts | top) ( $request ) ;; # asked seldom: what they take in memory goes with the subshell
    'log '*[!\ ]*) log "${request#log }" ;;
    *) complain 'the known words are: sample, facts, top, log TEXT' ;;
  esac
  unset IFS
done
