import Testing

@testable import PluginHost

struct ChainBudgetTests {
    private func claim(_ timeout: Int, required: Bool = false) -> ChainBudget.Claim {
        ChainBudget.Claim(timeout: timeout, isRequired: required)
    }

    @Test func everyoneGetsItsTimeWhenThereIsEnough() {
        #expect(ChainBudget.share(of: [claim(2), claim(2, required: true)], remaining: 5) == 2)
    }

    @Test func requiredTimeIsSetAsideFirst() {
        let claims = [claim(4000), claim(4000, required: true)]
        #expect(ChainBudget.share(of: claims, remaining: 5000) == 1000)
    }

    @Test func optionalOnesShareTheRestInProportion() {
        let claims = [claim(2000), claim(2000), claim(4000)]
        #expect(ChainBudget.share(of: claims, remaining: 4000) == 1000)
    }

    @Test func requiredOnesShareWhatThereIs() {
        let claims = [claim(4000, required: true), claim(4000, required: true)]
        #expect(ChainBudget.share(of: claims, remaining: 4000) == 2000)
    }

    @Test func optionalOneGetsNothingWhenAllIsSetAside() {
        #expect(ChainBudget.share(of: [claim(100), claim(5000, required: true)], remaining: 5000) == 0)
    }

    @Test func whatOnePluginIsAskedTwiceIsOneAfterTheOther() {
        let twice = [claim(300), claim(400, required: true), claim(500, required: true)]
        let once = [claim(700, required: true)]
        #expect(
            ChainBudget.Claim.together([twice, once]) == [claim(900, required: true), claim(300)]
        )
        #expect(ChainBudget.Claim.together([once]) == once)
    }

    @Test func sumOfSharesNeverExceedsTheBudget() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            var claims = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
                claim(Int.random(in: 1...10_000, using: &generator), required: Bool.random(using: &generator))
            }
            let budget = Int.random(in: 1...20_000, using: &generator)
            var remaining = budget
            // The worst case: everyone takes all of its share.
            while !claims.isEmpty {
                remaining -= ChainBudget.share(of: claims, remaining: remaining)
                claims.removeFirst()
            }
            #expect(remaining >= 0)
        }
    }
}
