internal import Contract

/// Passes everything in one store to another.
public enum DirectoryCopy {
  /// Progress is told after this many records.
  private static let recordsPerStep = 500

  /// Copies all records for which `isKept` is true; returns the number of accounts that are not
  /// deleted. `progress` receives the numbers of all records and of those that are left.
  ///
  /// An error names the store that failed. Nothing is kept then, unless the error says that this is
  /// unknown.
  @discardableResult
  public static func run(
    from reader: any DirectoryReader, to writer: any DirectoryWriter,
    _ progress: (_ all: Int, _ left: Int) -> Void = { _, _ in },
    isKept: (DirectoryRecord) -> Bool = { _ in true }
  ) throws(StoreFileError) -> Int {
    var done = 0
    var latestSeq: Int64?
    while let record = try next(of: reader) {
      if case .event(let event) = record {
        if let latestSeq, event.seq != latestSeq + 1 {
          throw damaged(reader, "Its feed has no event \(latestSeq + 1).")
        }
        latestSeq = event.seq
      }
      if isKept(record) {
        do throws(StoreError) { try writer.write(record) } catch { throw failed(writer, error) }
      }
      done += 1
      if done % recordsPerStep == 0 { progress(reader.count, max(reader.count - done, 1)) }
    }
    if reader.latestEvent.seq != latestSeq ?? 0 {
      throw damaged(reader, "Its feed lacks the latest events.")
    }
    progress(reader.count, 0)
    do throws(StoreError) { try writer.finish() } catch { throw failed(writer, error) }
    return reader.accounts
  }

  private static func next(
    of reader: any DirectoryReader
  ) throws(StoreFileError) -> DirectoryRecord? {
    let record: DirectoryRecord?
    do throws(StoreError) { record = try reader.next() } catch {
      throw StoreFileError(
        reader.location, "can't be copied. \(error.failure.message)", "\(error.failure.hint.text)")
    }
    if case .answer(let answer, _) = record, !answer.isSound {
      throw damaged(reader, "The answer to an idempotency key is damaged.")
    }
    return record
  }

  private static func damaged(_ reader: any DirectoryReader, _ fault: Notice) -> StoreFileError {
    StoreFileError(
      reader.location, "can't be copied. \(fault)", "Restore a backup from before the damage.")
  }

  private static func failed(_ writer: any DirectoryWriter, _ error: StoreError) -> StoreFileError {
    switch error {
    case .outcomeUnknown:
      StoreFileError(
        writer.location, "may have everything now or nothing: the server could not be asked",
        "Look with roster doctor. If there is no store, repeat the command.")
    case .changed:
      StoreFileError(
        writer.location, "has nothing of it: the connection was lost, or another process wrote",
        "Repeat the command.")
    default:
      StoreFileError(
        writer.location, "can't be written, and has nothing of it. \(error.failure.message)",
        "\(error.failure.hint.text)")
    }
  }
}
