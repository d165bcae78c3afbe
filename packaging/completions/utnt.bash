# Completion of utnt. Written by `utnt interface`; do not edit.
_utnt() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} path=utnt words= word
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      'utnt trace') path='utnt trace' ;;
      'utnt run') path='utnt run' ;;
      'utnt dump') path='utnt dump' ;;
      'utnt lab') path='utnt lab' ;;
      'utnt lab up') path='utnt lab up' ;;
      'utnt lab exec') path='utnt lab exec' ;;
      'utnt lab truth') path='utnt lab truth' ;;
      'utnt lab score') path='utnt lab score' ;;
      'utnt lab list') path='utnt lab list' ;;
      'utnt lab down') path='utnt lab down' ;;
      'utnt demo') path='utnt demo' ;;
      'utnt doctor') path='utnt doctor' ;;
    esac
  done
  case $path in
    'utnt') words='-h --help --version --help-all trace run dump lab demo doctor' ;;
    'utnt trace') words='-h --help -f --file --order --seed --block-list --allow-reserved --attribution --pps --burst --prefix-pps --near-pps --method --flow --first-ttl --max-ttl --gap --attempts --timeout --probe-window --window --doubletree --rules --frpla --rtla --pings --brute-force --address-cache --tunnel-cache -o --output --format --append --force --checkpoint --json -q --quiet --list-name --cycle --source --interface --emulate --emulate-loss' ;;
    'utnt run') words='-h --help -f --file --order --seed --block-list --allow-reserved --attribution --pps --burst --prefix-pps --near-pps --method --flow --first-ttl --max-ttl --gap --attempts --timeout --probe-window --window --doubletree --rules --frpla --rtla --pings --brute-force --address-cache --tunnel-cache -o --output --format --append --force --checkpoint --json -q --quiet --list-name --cycle --tender --image --memory --record-channel --count --hold --time-limit --memory-limit --cpu-limit --net --nat --bridge --ip --mac --gateway --gateway-mac' ;;
    'utnt dump') words='-h --help --format --classic --verbose --color' ;;
    'utnt lab') words='-h --help up exec truth score list down' ;;
    'utnt lab up') words='-h --help --name --seed --port --unix --json' ;;
    'utnt lab exec') words='-h --help --name' ;;
    'utnt lab truth') words='-h --help --name --scenario --seed --flow --method --json' ;;
    'utnt lab score') words='-h --help --name --scenario --seed --json' ;;
    'utnt lab list') words='-h --help --json' ;;
    'utnt lab down') words='-h --help --name --all --json' ;;
    'utnt demo') words='-h --help --color' ;;
    'utnt doctor') words='-h --help --json' ;;
  esac
  case "$path $previous" in
    'utnt trace -f'|'utnt trace --file') compopt -o default; return ;;
    'utnt trace --order') words='random input' ;;
    'utnt trace --seed') return ;;
    'utnt trace --block-list') compopt -o default; return ;;
    'utnt trace --attribution') return ;;
    'utnt trace --pps') return ;;
    'utnt trace --burst') return ;;
    'utnt trace --prefix-pps') return ;;
    'utnt trace --near-pps') return ;;
    'utnt trace --method') words='icmp-paris udp-paris' ;;
    'utnt trace --flow') return ;;
    'utnt trace --first-ttl') return ;;
    'utnt trace --max-ttl') return ;;
    'utnt trace --gap') return ;;
    'utnt trace --attempts') return ;;
    'utnt trace --timeout') return ;;
    'utnt trace --probe-window') return ;;
    'utnt trace --window') return ;;
    'utnt trace --rules') words='utnt tnt' ;;
    'utnt trace --frpla') return ;;
    'utnt trace --rtla') return ;;
    'utnt trace --pings') return ;;
    'utnt trace --address-cache') return ;;
    'utnt trace --tunnel-cache') return ;;
    'utnt trace -o'|'utnt trace --output') compopt -o default; return ;;
    'utnt trace --format') words='jsonl text warts' ;;
    'utnt trace --checkpoint') compopt -o default; return ;;
    'utnt trace --list-name') return ;;
    'utnt trace --cycle') return ;;
    'utnt trace --source') return ;;
    'utnt trace --interface') return ;;
    'utnt trace --emulate') compopt -o default; return ;;
    'utnt trace --emulate-loss') return ;;
    'utnt run -f'|'utnt run --file') compopt -o default; return ;;
    'utnt run --order') words='random input' ;;
    'utnt run --seed') return ;;
    'utnt run --block-list') compopt -o default; return ;;
    'utnt run --attribution') return ;;
    'utnt run --pps') return ;;
    'utnt run --burst') return ;;
    'utnt run --prefix-pps') return ;;
    'utnt run --near-pps') return ;;
    'utnt run --method') words='icmp-paris udp-paris' ;;
    'utnt run --flow') return ;;
    'utnt run --first-ttl') return ;;
    'utnt run --max-ttl') return ;;
    'utnt run --gap') return ;;
    'utnt run --attempts') return ;;
    'utnt run --timeout') return ;;
    'utnt run --probe-window') return ;;
    'utnt run --window') return ;;
    'utnt run --rules') words='utnt tnt' ;;
    'utnt run --frpla') return ;;
    'utnt run --rtla') return ;;
    'utnt run --pings') return ;;
    'utnt run --address-cache') return ;;
    'utnt run --tunnel-cache') return ;;
    'utnt run -o'|'utnt run --output') compopt -o default; return ;;
    'utnt run --format') words='jsonl text warts' ;;
    'utnt run --checkpoint') compopt -o default; return ;;
    'utnt run --list-name') return ;;
    'utnt run --cycle') return ;;
    'utnt run --tender') words='auto process qemu firecracker' ;;
    'utnt run --image') compopt -o default; return ;;
    'utnt run --memory') return ;;
    'utnt run --record-channel') words='auto console block' ;;
    'utnt run --count') return ;;
    'utnt run --hold') return ;;
    'utnt run --time-limit') return ;;
    'utnt run --memory-limit') return ;;
    'utnt run --cpu-limit') return ;;
    'utnt run --net') return ;;
    'utnt run --nat') return ;;
    'utnt run --bridge') return ;;
    'utnt run --ip') return ;;
    'utnt run --mac') return ;;
    'utnt run --gateway') return ;;
    'utnt run --gateway-mac') return ;;
    'utnt dump --format') words='text jsonl warts' ;;
    'utnt dump --color') words='auto always never' ;;
    'utnt lab up --name') return ;;
    'utnt lab up --seed') return ;;
    'utnt lab up --port') words='auto tap pair' ;;
    'utnt lab up --unix') return ;;
    'utnt lab exec --name') return ;;
    'utnt lab truth --name') return ;;
    'utnt lab truth --scenario') compopt -o default; return ;;
    'utnt lab truth --seed') return ;;
    'utnt lab truth --flow') return ;;
    'utnt lab truth --method') words='icmp-paris udp-paris' ;;
    'utnt lab score --name') return ;;
    'utnt lab score --scenario') compopt -o default; return ;;
    'utnt lab score --seed') return ;;
    'utnt lab down --name') return ;;
    'utnt demo --color') words='auto always never' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ ${#COMPREPLY[@]} -gt 0 || $current == -* ]] || compopt -o default
}
complete -F _utnt utnt
