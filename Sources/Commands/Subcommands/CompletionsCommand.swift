import Contract
import Glibc

enum CompletionsCommand: Subcommand {
  static let description = CommandDescription(
    "Print a script for completion in a shell.",
    forms: [
      CommandForm(
        nil,
        Operand("SHELL", .words { Shell.allCases.map(\.rawValue) }, "one of bash, zsh and fish"))
    ],
    paragraphs: [
      "bash: roster completions bash > ~/.local/share/bash-completion/completions/roster",
      """
      zsh: roster completions zsh > DIR/_roster, where DIR is a folder of $fpath that is set before \
      compinit runs
      """,
      "fish: roster completions fish > ~/.config/fish/completions/roster.fish",
      "The script belongs to this version: generate it again after an update.",
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    guard let shell = Shell(rawValue: options.operands[0]) else {
      throw UsageError("completions needs one SHELL: bash, zsh or fish")
    }
    Terminal.write(shell.script, to: STDOUT_FILENO)
  }
}
