#!/bin/bash
# A Slurm cluster of one node, this machine, without systemd: to try what docs/runs.md says of clusters.
#
#   bench/slurm_node.sh start FOLDER     key, settings and logs in FOLDER
#   bench/slurm_node.sh stop FOLDER
#
# Debian: apt-get install slurmctld slurmd slurm-client munge. Run as root. Memory and cores are handed
# out as on a real cluster; there is no accounting, so that jobs are asked after with squeue. Workflow
# programs start jobs without our variables: /etc/slurm/slurm.conf is a link to FOLDER/slurm.conf while
# the cluster runs. A cluster that is there already is left alone.
set -eu
what=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
export SLURM_CONF=$folder/slurm.conf
usual=/etc/slurm/slurm.conf
socket=$folder/munge/socket

stop() {
    for name in slurmd slurmctld munged; do
        file=$folder/$name.pid
        [ "$name" = munged ] && file=$folder/munge/munged.pid
        [ -f "$file" ] || continue
        kill "$(cat "$file")" 2>/dev/null || true
        rm -f "$file"
    done
    [ "$(readlink "$usual")" != "$SLURM_CONF" ] || rm "$usual"
}

case $what in
start)
    if [ -e "$usual" ]; then
        echo "$usual is there: stop that cluster first" >&2
        exit 1
    fi
    user=$(id -un)
    node=$(hostname -s)
    mkdir -p "$folder/munge" "$folder/state" "$folder/spool"
    # munged wants its folders closed to others, and those above them not writable by others.
    chmod 755 "$folder" "$folder/munge"
    head -c 1024 /dev/urandom >"$folder/munge/key"
    chmod 600 "$folder/munge/key"
    memory=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
    cat >"$SLURM_CONF" <<END
ClusterName=one
SlurmctldHost=$node(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$socket
CryptoType=crypto/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,bf_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobRequeue=1
KillWait=30
MinJobAge=600
ReturnToService=2
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=$node Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
END
    munged --force --key-file "$folder/munge/key" --socket "$socket" \
        --pid-file "$folder/munge/munged.pid" --log-file "$folder/munge/munged.log" \
        --seed-file "$folder/munge/seed"
    mkdir -p "$(dirname "$usual")"
    ln -s "$SLURM_CONF" "$usual"
    slurmctld
    slurmd
    for _ in $(seq 30); do
        [ "$(sinfo --noheader --format %t 2>/dev/null)" = idle ] && break
        sleep 1
    done
    sinfo
    ;;
stop) stop ;;
*)
    echo "start or stop" >&2
    exit 2
    ;;
esac
