enum ManCommand: Subcommand {
  static let description = CommandDescription(
    "Print the manual page.", forms: [CommandForm()],
    paragraphs: [
      """
      To read it: roster man | man -l -. To install it: roster man > \
      ~/.local/share/man/man1/roster.1
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    Terminal.say(ManPage.text)
  }
}
