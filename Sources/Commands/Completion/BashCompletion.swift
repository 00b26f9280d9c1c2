import Contract
import Server

/// The completion script for bash. Tables made from the declarations list the possible values; the
/// functions, which are the same for all commands, use them.
enum BashCompletion {
  static var script: String {
    """
    # bash completion for roster \(rosterVersion), made by: roster completions bash

    # What a command, with one of its forms, has for options.
    _roster_options() {
      case "$1" in
    \(cases(optionNames))
      esac
    }

    # What may follow an option of a command; fails where the option takes no value.
    _roster_option() {
      offered='' prefixed='' path='' list=''
      case "$1" in
    \(cases(optionValues))
        *) return 1 ;;
      esac
    }

    # What may follow a command as its next operand.
    _roster_operand() {
      offered='' prefixed='' path='' list=''
      case "$1" in
    \(cases(operandValues))
        *) return 1 ;;
      esac
    }

    # Fills in the value that follows $1, of which $2 is already typed.
    _roster_fill() {
      local before=$1 value=$2 pair prefix candidate
      if [[ $list ]]; then
        before+=${value%"${value##*,}"}
        value=${value##*,}
      fi
      for pair in $prefixed; do
        prefix=${pair%=*}
        if [[ $value == "$prefix"* ]]; then
          before+=$prefix value=${value#"$prefix"} path=${pair##*=} offered='' prefixed=''
        fi
      done
      for pair in $prefixed; do offered+=" ${pair%=*}"; done
      while IFS= read -r candidate; do
        COMPREPLY+=("$before$candidate")
      done < <(
        compgen -W "$offered" -- "$value"
        [[ $path ]] && compgen "-$path" -- "$value"
      )
      [[ $path ]] && compopt -o filenames 2>/dev/null
      [[ $list || ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *: ]] && compopt -o nospace 2>/dev/null
      return 0
    }

    _roster() {
      local offered prefixed path list word glued='' form='' at=0 i
      local -a words=()
      COMPREPLY=()
      # bash takes = and : for words of their own.
      for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if [[ $glued || $word == [:=]* ]]; then
          words[${#words[@]} - 1]+=$word
        else
          words+=("$word")
        fi
        [[ $word == [:=]* ]] && glued=1 || glued=''
      done
      local last=$((${#words[@]} - 1))
      local current=${words[last]} piece=${COMP_WORDS[COMP_CWORD]} command=${words[1]}
      [[ $piece == [:=]* ]] && piece=''
      if [[ $last -eq 1 ]]; then
        offered='\(Shell.beginnings.joined(separator: " "))' prefixed='' path='' list=''
        _roster_fill '' "$current"
      else
        for ((i = 2; i < last; i++)); do
          word=${words[i]}
          if [[ $word == -?* ]]; then
            [[ $word != *=* ]] && _roster_option "$command $word" && ((i++))
          elif [[ $at -eq 0 && ! $form && " $(_roster_forms "$command") " == *" $word "* ]]; then
            form=$word
          else
            ((at++))
          fi
        done
        if [[ $current == --*=* ]]; then
          _roster_option "$command ${current%%=*}" && _roster_fill "${current%%=*}=" "${current#*=}"
        elif [[ $i -gt $last ]]; then
          _roster_fill '' "$current"
        elif [[ $current == -* ]]; then
          offered=$(_roster_options "$command $form") prefixed='' path='' list=''
          _roster_fill '' "$current"
        elif _roster_operand "$command $form $at"; then
          _roster_fill '' "$current"
        fi
      fi
      # The replaced text begins after the last = or :.
      local trim=${current%"$piece"}
      for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$trim"}; done
    }

    # The words that have to come first after a command.
    _roster_forms() {
      case "$1" in
    \(cases(formNames))
      esac
    }

    complete -F _roster roster

    """
  }

  /// A pattern of `case`, and the command to run for it.
  private typealias Row = (pattern: String, deed: String)

  private static func cases(_ rows: [Row]) -> String {
    rows.map { "    \(ShellWord.quoted($0.pattern))) \($0.deed) ;;" }.joined(separator: "\n")
  }

  private static var optionNames: [Row] {
    Command.allCases.flatMap { command in
      ([nil] + command.type.description.forms.map(\.word)).map { form in
        let names = Option.listed(for: command, form: form).map(\.name)
        let deed = "echo \(names.joined(separator: " "))"
        return ("\(command.rawValue) \(form ?? "")", deed)
      }
    }
  }

  private static var optionValues: [Row] {
    Command.allCases.flatMap { command in
      Option.listed(for: command).flatMap { option -> [Row] in
        guard let values = option.values else { return [] }
        return option.names.map { ("\(command.rawValue) \($0)", assignments(values)) }
      }
    }
  }

  private static var operandValues: [Row] {
    Command.allCases.flatMap { command in
      command.type.description.forms.flatMap { form in
        let words: [Row] =
          form.word == nil
          ? [] : [("\(command.rawValue)  0", "offered=$(_roster_forms \(command.rawValue))")]
        return words
          + form.operands.enumerated().map { at, operand in
            ("\(command.rawValue) \(form.word ?? "") \(at)", assignments(operand.values))
          }
      }
    }
  }

  private static var formNames: [Row] {
    Command.allCases.map { command in
      let words = command.type.description.forms.compactMap(\.word)
      return (command.rawValue, "echo \(words.joined(separator: " "))")
    }
  }

  private static func assignments(_ values: Values) -> String {
    let prefixed = values.prefixedPaths.map { "\($0.prefix)=\(letter($0.path))" }
    let assigned = [
      ("offered", values.offered.joined(separator: " ")),
      ("prefixed", prefixed.joined(separator: " ")), ("path", values.path.map(letter) ?? ""),
      ("list", values.isList ? "1" : ""),
    ].filter { !$0.1.isEmpty }
    if assigned.isEmpty { return ":" }
    return assigned.map { "\($0.0)=\(ShellWord.quoted($0.1))" }.joined(separator: " ")
  }

  /// The letter that `compgen` uses.
  private static func letter(_ path: Values.Path) -> String {
    switch path {
    case .file: "f"
    case .folder: "d"
    }
  }
}

extension Shell {
  /// The words that may follow `roster`.
  static var beginnings: [String] {
    Command.allCases.map(\.rawValue) + Option.general.flatMap(\.names)
  }
}
