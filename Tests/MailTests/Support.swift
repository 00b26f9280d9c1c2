import TestSupport
import Testing
import Users

@testable import Mail

/// The time at which the tests write letters: 2026-11-21T08:30:00Z, a Saturday.
let now = Timestamp(milliseconds: 1_795_249_800_000)
let minuteMs: Int64 = 60_000
let token = "roster_6Ft3oVbGRsTqJ0kVxT2HhQe9yPzW1c0n1q2w3"

func letter(
  _ kind: Letter.Kind = .invitation, to email: String = "ada@acme.example",
  name: String = "Ada Lovelace", secret: String = token, minutes: Int64 = 30
) -> Letter {
  Letter(
    kind: kind, email: email, name: name, secret: secret,
    expiresAt: Timestamp(milliseconds: now.milliseconds + minutes * minuteMs))
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// A mailer whose program is this shell script. `$1` in it is the path of `folder`.
func mailer(_ script: String, in folder: TemporaryFolder) throws -> Mailer {
  let file = try folder.write("script", script)
  let mailer = try Mailer(
    "sendmail:/bin/sh \(file) \(folder.path)", from: "Roster <roster@acme.example>", link: nil)
  return try #require(mailer)
}
