#!/usr/bin/env bash
# The smoke profile on a real Slurm, one of whose two nodes dies in the middle, against the same run without Slurm.
# tools/cluster/prove.sh [FOLDER]: needs root on Debian or Ubuntu, and the environment with the extra `slurm` active.
# Ends with 0 where the run on Slurm completed and its artifacts are the local run's. FOLDER (a new one by default) keeps
# both runs, the logs, and what Slurm says of each job (jobs.txt); the local run of an earlier proof there is used again.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(realpath "${1:-$(mktemp -d)}")
victim=n2
finished_before=10 # jobs that must be done before the node dies
data=(standin=always)
[ -z "${REPLICATION_MIRROR:-}" ] || data=(standin=never)
declare -A pids=()

say() { echo "[$(date -u +%H:%M:%S)] $*"; }

install_slurm() {
  command -v slurmctld slurmd munged sbatch >/dev/null && return
  say "installing slurm-wlm and munge"
  # packages must not start daemons of their own
  [ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d && policy=yes; }
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends slurm-wlm munge >"$work/apt.log" 2>&1 ||
    { tail -5 "$work/apt.log"; say "could not be installed; try apt-get update"; exit 1; }
  [ -z "${policy:-}" ] || rm /usr/sbin/policy-rc.d
}

configure() {
  rm -rf "$work"/{munge,state,spool}
  mkdir -p "$work"/{munge,state,spool/n1,spool/n2}
  chmod 700 "$work/munge"
  dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 status=none
  chmod 400 "$work/munge/key"
  local cpus=$(($(nproc) / 2)) memory ports
  memory=$(awk '/MemTotal/ {print int($2 / 1024 / 2)}' /proc/meminfo)
  read -ra ports < <(python -c 'import socket; s = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]; print(*(x.getsockname()[1] for x in s))')
  sed -e "s|@WORK@|$work|; s|@HOST@|$(hostname -s)|; s|@USER@|$(id -un)|; s|@CPUS@|$((cpus > 0 ? cpus : 1))|; s|@MEMORY@|$memory|" \
    -e "s|@PORT0@|${ports[0]}|; s|@PORT1@|${ports[1]}|; s|@PORT2@|${ports[2]}|" "$root/tools/cluster/slurm.conf.in" >"$work/slurm.conf"
  # at the usual place: a job's environment has no SLURM_CONF
  [ ! -e /etc/slurm/slurm.conf ] || { say "/etc/slurm/slurm.conf exists: this host has a Slurm of its own"; exit 1; }
  mkdir -p /etc/slurm
  ln -s "$work/slurm.conf" /etc/slurm/slurm.conf
}

start() {
  munged --force --foreground --key-file="$work/munge/key" --socket="$work/munge/socket" --seed-file="$work/munge/seed" \
    --pid-file="$work/munge/pid" --log-file="$work/munge/log" >"$work/munge/out" 2>&1 &
  pids[munged]=$!
  for _ in {1..50}; do [ -S "$work/munge/socket" ] && break; sleep 0.1; done
  slurmctld -D >"$work/slurmctld.out" 2>&1 &
  pids[slurmctld]=$!
  for node in n1 n2; do
    # a node is a process namespace: when its first process, slurmd, is killed, all that runs on the node dies with it
    unshare --fork --pid --mount-proc --kill-child slurmd -D -N "$node" >"$work/$node.out" 2>&1 &
    pids[$node]=$!
  done
  for _ in {1..60}; do
    [ "$(sinfo --noheader --Node --format=%T 2>/dev/null | grep -c idle)" = 2 ] && return
    sleep 1
  done
  sinfo --Node || true
  say "the two nodes did not come up; see $work/*.log"
  exit 1
}

stop() {
  for node in n1 n2; do
    [ -z "${pids[$node]:-}" ] || pkill -KILL --parent "${pids[$node]}" || true
  done
  for process in workflow slurmctld munged; do
    [ -z "${pids[$process]:-}" ] || kill -TERM "${pids[$process]}" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  [ "$(readlink /etc/slurm/slurm.conf)" != "$work/slurm.conf" ] || rm /etc/slurm/slurm.conf
}

checkout() {
  mkdir -p "$1"
  (cd "$root" && git ls-files -z | tar --create --null --files-from=- --file=-) | tar --extract --directory="$1" --file=-
}

run() { # folder, then options; to be called in a subshell, which it becomes
  local folder=$1
  shift
  cd "$folder"
  PYTHONPATH=src exec snakemake "$@" --config profile=smoke "${data[@]}" >"$folder.log" 2>&1
}

# a model's stage that runs on the victim now, as its log is called; nothing if there is none
stage_on_victim() {
  local rule of
  while IFS=: read -r rule of; do
    [ -e "$work/slurm/results/smoke/logs/$rule/$of.log" ] && echo "$rule/$of" && return
  done < <(squeue --noheader --nodelist=$victim --states=RUNNING --format=%k |
    sed -nE 's/^rule_(train|geodesics|sweep)_wildcards_(.*)_([0-9]+)$/\1:\2_seed\3/p')
}

# kill -9 slurmd while a model's stage runs there, and print the jobs that were on the node
kill_node() {
  until [ "$(find "$work/slurm/results" -name '*.tsv' 2>/dev/null | wc -l)" -ge $finished_before ] && [ -n "$(stage_on_victim)" ]; do
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.5
  done
  squeue --noheader --nodelist=$victim --states=RUNNING --format='%i %k'
  kill -9 "$(pgrep --parent "${pids[$victim]}")"
}

install_slurm
trap stop EXIT
configure
say "work in $work; data: ${data[*]}"
if [ ! -e "$work/local.seconds" ]; then
  checkout "$work/local"
  began=$SECONDS
  (run "$work/local" --cores "$(nproc)") || { tail -30 "$work/local.log"; say "the local run failed"; exit 1; }
  echo $((SECONDS - began)) >"$work/local.seconds"
fi
say "local run: $(<"$work/local.seconds") s"

rm -rf "$work/slurm"
checkout "$work/slurm"
start
say "Slurm $(sinfo --version | cut -d' ' -f2): $(sinfo --noheader --Node --format='%N %T %c CPU' | paste -sd, -)"
began=$SECONDS
run "$work/slurm" --profile profiles/slurm &
pids[workflow]=$!
lost=$(kill_node "${pids[workflow]}") || { wait "${pids[workflow]}" || true; tail -30 "$work/slurm.log"; say "the run ended before the node could be killed"; exit 1; }
say "killed $victim $((SECONDS - began)) s into the run; it ran: $lost"
code=0
wait "${pids[workflow]}" || code=$?
unset "pids[workflow]"
seconds=$((SECONDS - began))
scontrol --oneliner show job >"$work/jobs.txt"
say "run on Slurm: exit code $code, $seconds s, $(wc -l <"$work/jobs.txt") jobs; nodes now: $(sinfo --noheader --Node --format='%N %T' | paste -sd, -)"

verdict=0
[ $code = 0 ] || { tail -30 "$work/slurm.log"; verdict=1; }
while read -r job name; do
  again=$(grep "^JobId=$job " "$work/jobs.txt" | grep -o 'JobState=[A-Z_]*\|Restarts=[0-9]*\| NodeList=[^ ]*' | paste -sd' ' -)
  say "lost job $job ($name): $again"
  [[ $again == *JobState=COMPLETED*Restarts=1*NodeList=n1* ]] || verdict=1
done <<<"$lost"
PYTHONPATH="$root/tests:$root/src" python -m compare "$work/local" "$work/slurm" || verdict=1
PYTHONPATH="$root:$root/src" python -m tools.cluster.overhead "$work"
[ $verdict = 0 ] && say "PROVEN: a node died, the run completed, the results are the local ones" || say "NOT PROVEN"
exit $verdict
