import Glibc

/// The reason why a measurement failed; shown on standard error, with exit status 1.
struct Failure: Error {
  var message: String

  init(_ message: String) {
    self.message = message
  }

  /// A failed system call, with the text of errno.
  static func system(_ call: String) -> Failure {
    let code = errno
    return Failure("\(call): \(String(cString: strerror(code)))")
  }
}

/// A clock's time in nanoseconds.
func nanoseconds(_ clock: clockid_t) -> Int {
  var time = timespec()
  clock_gettime(clock, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Pins this process, and the children that it spawns from now on, to one core.
func pin(toCore core: Int) throws(Failure) {
  var set = cpu_set_t()
  let isInSet = withUnsafeMutableBytes(of: &set) { bytes in
    guard core / 8 < bytes.count else { return false }
    bytes[core / 8] |= 1 << UInt8(core % 8)
    return true
  }
  guard isInSet, sched_setaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else {
    throw Failure("can't pin to core \(core)")
  }
}

/// All bytes of a file.
func readFile(_ path: String) throws(Failure) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw .system("open \(path)") }
  defer { close(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 20)
  while true {
    let count = read(file, &chunk, chunk.count)
    guard count >= 0 else { throw .system("read \(path)") }
    if count == 0 { return bytes }
    bytes.append(contentsOf: chunk[..<count])
  }
}

/// Writes text to a descriptor. A failure is ignored, because there is nowhere to report it.
func say(_ text: String, to descriptor: Int32) {
  var text = text
  text.withUTF8 { bytes in
    _ = write(descriptor, bytes.baseAddress, bytes.count)
  }
}

/// The middle value; of an even number of values, the mean of the two in the middle.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
