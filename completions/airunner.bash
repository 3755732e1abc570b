# SPDX-License-Identifier: BSD-3-Clause
# bash completion for airunner

# Keys of options, as the manifests of the plugins tell; of one that stands for many, its beginning. With a descriptor that has a scheme those
# of its backend alone.
_airunner_option_keys() {
    local descriptor='' i
    [[ ${COMP_WORDS[1]-} == compare || ${COMP_WORDS[2]-} == -* ]] || descriptor=${COMP_WORDS[2]-}
    for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
        [[ ${COMP_WORDS[i]} != -d && ${COMP_WORDS[i]} != --desc ]] || descriptor=${COMP_WORDS[i + 1]}
    done
    airunner manifest 2>/dev/null | awk -v wanted="$descriptor" '
        function give() { if (ours || !known) list = list keys; keys = ""; ours = 0 }
        /^name = / { give() }
        /^scheme = / && (wanted == $3 || index(wanted, $3 ":") == 1) { ours = known = 1; list = "" }
        /^option = / { sub(/\*$/, "", $3); keys = keys $3 "\n" }
        END { give(); printf "%s", list }'
}

_airunner() {
    # shellcheck disable=SC2034  # _init_completion sets cword
    local cur prev words cword
    if declare -F _init_completion >/dev/null; then
        _init_completion -n = || return
    else
        cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words=("${COMP_WORDS[@]}")
    fi

    local common="--help --json --verbose --plugin-path"
    local connect="--desc --name --option --weights --timeout"
    local invoke="--input --key --batch --seed --range --mode --io"
    local command=${words[1]}

    case $prev in
        --generation)
            mapfile -t COMPREPLY < <(compgen -W "2 3 4" -- "$cur")
            return
            ;;
        --personality)
            mapfile -t COMPREPLY < <(compgen -W "st-ai legacy tflm neural-art" -- "$cur")
            return
            ;;
        -d | --desc | -i | --input | -o | --output | --output-report | --html | --data | --targets | --reference | --journal | --trace | --model-explorer | --save | --reproduce | --labels | --weights | --plugin-path)
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            compopt -o filenames 2>/dev/null
            return
            ;;
        --task)
            mapfile -t COMPREPLY < <(compgen -W "classification regression anomaly segmentation detection" -- "$cur")
            return
            ;;
        --mode)
            mapfile -t COMPREPLY < <(compgen -W "io-only per-layer per-layer-with-data perf-only fixed-input debug" -- "$cur")
            return
            ;;
        --io)
            mapfile -t COMPREPLY < <(compgen -W "quantize dequantize quantize,dequantize" -- "$cur")
            return
            ;;
        --format)
            mapfile -t COMPREPLY < <(compgen -W "text json csv" -- "$cur")
            return
            ;;
        --layout)
            mapfile -t COMPREPLY < <(compgen -W "same nhwc:nchw nchw:nhwc" -- "$cur")
            return
            ;;
        --counters)
            mapfile -t COMPREPLY < <(compgen -W "npu streng port cache" -- "$cur")
            return
            ;;
        --require | --forbid)
            mapfile -t COMPREPLY < <(compgen -W "processor=NPU processor=CPU" -- "$cur")
            return
            ;;
        --csv-dialect)
            mapfile -t COMPREPLY < <(compgen -W "comma semicolon" -- "$cur")
            return
            ;;
        --print-program)
            mapfile -t COMPREPLY < <(compgen -W "c python" -- "$cur")
            return
            ;;
        --min | --max)
            mapfile -t COMPREPLY < <(compgen -S = -W "acc rmse mae l2r mean std nse cos max_error" -- "$cur")
            compopt -o nospace 2>/dev/null
            return
            ;;
        --option)
            mapfile -t COMPREPLY < <(compgen -S = -W "$(_airunner_option_keys)" -- "$cur")
            compopt -o nospace 2>/dev/null
            return
            ;;
        --name | --timeout | -b | --batch | --seed | --range | --warmup | --repeat | \
            --listen | --packet | --line-rate | --turnaround | --fault)
            return
            ;;
    esac

    case $command in
        board)
            if [[ $cur != -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "list start stop mps2-an386 mps3-an547 netduinoplus2" -- "$cur")
                return
            fi
            ;;
        doctor | manifest | info | run | profile | report | compare | validate | serve)
            # Descriptors, plugins and documents are files.
            if [[ $cur != -* ]]; then
                mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                compopt -o filenames 2>/dev/null
                return
            fi
            ;;
    esac

    local commands="list board doctor manifest info run profile compare validate report serve help"
    local choices
    case $command in
        help)
            choices="--help"
            [[ $cur == -* ]] || choices=$commands
            ;;
        list) choices=$common ;;
        doctor) choices="$common --desc --options" ;;
        board) choices="--help --plugin-path" ;;
        manifest) choices="--help --plugin-path" ;;
        info) choices="$common $connect" ;;
        run) choices="$common $connect $invoke --output --labels --html" ;;
        profile) choices="$common $connect $invoke --warmup --repeat --format --csv --csv-dialect --output-report --html --trace --model-explorer --counters --require --forbid --print-program --runs --baseline --current --max-regression --save --junit --github" ;;
        report) choices="--help --output" ;;
        compare)
            choices="$common --name --option --weights --timeout --input --key --batch --seed --range"
            choices+=" --min --max --layout --outputs-only --require --forbid --save --output-report --html --model-explorer --junit --github --reproduce"
            ;;
        validate)
            choices="--help --data --targets --resize --crop --normalise --colours --rate --samples --shuffle --task --auc --reference --worst"
            choices+=" --min --max --decide --confidence --journal --shared --retries --timeout --budget --scheduler --name --option --quiet --json --csv --html --output-report"
            ;;
        serve)
            choices="--help --verbose --plugin-path --listen --allow-remote --generation --packet --personality --memory --self-test"
            choices+=" --idle-timeout --once --respawn --line-rate --turnaround --fault"
            ;;
        *) choices="$commands --help --version" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$cur")
}

complete -F _airunner airunner
