/// Why a regular expression was refused.
struct PatternError: Error {
    /// Where, in code points from the start.
    let offset: Int
    let message: String
}
