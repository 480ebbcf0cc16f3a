public import DocumentModel
import NIOConcurrencyHelpers

extension IdentifierSource {
    /// Ids that count up, the same in every run.
    public static func counting() -> IdentifierSource {
        let last = NIOLockedValueBox<UInt64>(0)
        return IdentifierSource {
            last.withLockedValue { last in
                // A change's events follow its own id.
                last += 1 << 20
                return (0x0193_0000_0000_0000, last)
            }
        }
    }
}
