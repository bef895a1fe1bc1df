package page

import "github.com/samespan/samespan/conformance"

// maxShownProblems limits how many problems of a failed check are listed below the
// matrix. The panel shows all.
const maxShownProblems = 3

// problemList has the failed checks of one subject, with their problems.
type problemList struct {
	Name  string         // of the subject
	Marks []outcomeCount // number of checks with each outcome
	// Open is set if the list is initially expanded.
	Open   bool
	Checks []failedCheck
}

// failedCheck is a check with the outcome "fail", "error" or "known failure". Lines are its
// first problems, and More is how many other problems it has.
type failedCheck struct {
	outcomeCount
	ID, Level, Rule, Reason, Hint, Help string
	Lines                               []problemData
	More                                int
}

// subjectProblems returns a problemList for each subject that has failed checks.
func subjectProblems(reports []conformance.Report) []problemList {
	var found []problemList
	for i := range reports {
		list := problemList{Name: escapeInvisible(reports[i].Subject.Name), Open: len(reports) == 1}
		for _, outcome := range []conformance.Outcome{conformance.Fail, conformance.Error, conformance.KnownFailure} {
			if n := reports[i].Count(outcome); n > 0 {
				list.Marks = append(list.Marks, outcomeCount{Outcome: outcome, Sign: outcomeIcons[outcome], Count: n})
			}
		}
		for j := range reports[i].Results {
			result := &reports[i].Results[j]
			switch result.Outcome {
			case conformance.Fail, conformance.Error, conformance.KnownFailure:
			default:
				continue
			}
			shown := failedCheck{
				outcomeCount: outcomeCount{Outcome: result.Outcome, Sign: outcomeIcons[result.Outcome]},
				ID:           escapeInvisible(result.Check.ID), Level: escapeInvisible(string(result.Check.Level)), Rule: escapeInvisible(result.Check.Rule),
				Reason: escapeAndShorten(result.Reason, maxText), Hint: escapeInvisible(result.Check.Hint), Help: safeLink(result.Check.Help),
				More: max(0, len(result.Problems)-maxShownProblems),
			}
			for _, p := range result.Problems[:len(result.Problems)-shown.More] {
				shown.Lines = append(shown.Lines, problemData{What: escapeAndShorten(p.What, maxLine), Got: escapeAndShorten(p.Got, maxLine), Want: escapeAndShorten(p.Want, maxLine)})
			}
			list.Checks = append(list.Checks, shown)
		}
		if len(list.Checks) > 0 {
			found = append(found, list)
		}
	}
	return found
}

// failuresByLevel returns the number of failures for each level. It returns nil if the
// report is an old one without levels.
func failuresByLevel(reports []conformance.Report) []outcomeCount {
	var found []outcomeCount
	for _, level := range []conformance.Level{conformance.Requirement, conformance.Choice} {
		hasLevel, m := false, outcomeCount{Outcome: conformance.Outcome(level)}
		for i := range reports {
			for j := range reports[i].Results {
				result := &reports[i].Results[j]
				if result.Check.Level != level {
					continue
				}
				hasLevel = true
				if result.Outcome == conformance.Fail {
					m.Count++
				}
			}
		}
		if hasLevel {
			found = append(found, m)
		}
	}
	return found
}
