package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"time"

	"github.com/samespan/samespan/conformance"
)

// junitSuites is the root element of JUnit XML: a test suite for each subject, with a
// test case for each check. Known failures and checks that do not apply are skipped tests
// with a reason.
type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

// junitSuite is the test suite of a subject.
type junitSuite struct {
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Errors    int         `xml:"errors,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
}

// junitCase is the test case of a check.
type junitCase struct {
	Name       string           `xml:"name,attr"`
	Class      string           `xml:"classname,attr"`
	Time       string           `xml:"time,attr"`
	Properties *junitProperties `xml:"properties,omitempty"`
	Failure    *junitProblem    `xml:"failure,omitempty"`
	Error      *junitProblem    `xml:"error,omitempty"`
	Skipped    *junitProblem    `xml:"skipped,omitempty"`
}

type junitProperties struct {
	Properties []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// junitProblem is the content of an XML element "failure", "error" or "skipped".
type junitProblem struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the reports as JUnit XML.
func JUnit(w io.Writer, reports []conformance.Report) error {
	var suites junitSuites
	for i := range reports {
		suites.Suites = append(suites.Suites, newJUnitSuite(&reports[i]))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suites); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func newJUnitSuite(report *conformance.Report) junitSuite {
	suite := junitSuite{
		Name:  report.Subject.Name,
		Tests: len(report.Results), Failures: report.Count(conformance.Fail), Errors: report.Count(conformance.Error),
		Skipped:   report.Count(conformance.NotApplicable) + report.Count(conformance.KnownFailure),
		Time:      formatSeconds(report.Duration),
		Timestamp: report.Started.UTC().Format("2006-01-02T15:04:05"),
	}
	for i := range report.Results {
		suite.Cases = append(suite.Cases, newJUnitCase(report.Subject.Name, &report.Results[i]))
	}
	return suite
}

func newJUnitCase(subject string, result *conformance.Result) junitCase {
	test := junitCase{Name: result.Check.ID, Class: subject, Time: formatSeconds(result.Duration)}
	test.Properties = newJUnitProperties(&result.Check)
	text := result.Text(subject)
	switch result.Outcome {
	case conformance.Fail:
		test.Failure = &junitProblem{Message: result.Check.Rule, Text: text}
	case conformance.Error:
		test.Error = &junitProblem{Message: result.Reason, Text: text}
	case conformance.KnownFailure, conformance.NotApplicable:
		test.Skipped = &junitProblem{Message: string(result.Outcome) + ": " + result.Reason}
	case conformance.Pass:
	}
	return test
}

// newJUnitProperties returns the properties of a check, or nil.
func newJUnitProperties(c *conformance.Check) *junitProperties {
	var properties []junitProperty
	for _, property := range []junitProperty{
		{"level", string(c.Level)}, {"rule", c.Rule}, {"source", c.Source}, {"hint", c.Hint}, {"help", c.Help},
	} {
		if property.Value != "" {
			properties = append(properties, property)
		}
	}
	if properties == nil {
		return nil
	}
	return &junitProperties{properties}
}

func formatSeconds(d conformance.Duration) string {
	return fmt.Sprintf("%.3f", time.Duration(d).Seconds())
}
