// Command samespan checks the OpenTelemetry instrumentation of an HTTP server,
// in any language, with the conformance suite.
//
//	go install github.com/samespan/samespan/conformance/cmd/samespan@latest
//
//	samespan list --capabilities
//	samespan init
//	samespan matrix --exec 'PORT=8080 node server.js' --url http://127.0.0.1:8080 --have ask
//	samespan matrix --exec './my-service' --known samespan.known -o report.xml,report.html
//	samespan report -o report.html express.json fastapi.json
//
// The program under test must implement CONTRACT.md, whose minimum is half a
// dozen routes. The exit status is 0 if all results are as expected, 1 if a
// check has another result, and 2 if there was an error of the suite.
package main

import (
	"os"

	"github.com/samespan/samespan/conformance/internal/command"
)

var tool = command.Tool{Name: "samespan", Failure: command.ExitSuite, Commands: []command.Subcommand{
	{
		Name: "matrix", Run: runMatrix,
		Usage:   "matrix --exec 'CMD' [--url URL] [--have a,b] [--known FILE] [--level requirement] [-o report.xml,report.html]\n  matrix --url URL --receiver 127.0.0.1:4317",
		Summary: "runs the suite on a program; matrix -h lists all flags",
	},
	{
		Name: "list", Run: runList,
		Usage:   "list [--capabilities]",
		Summary: "lists the checks with their levels, rules and sources, or the capabilities for the flag --have",
	},
	{
		Name: "report", Run: runReport,
		Usage:   "report [--format html] [-o FILE] RESULT.json ...",
		Summary: "combines JSON reports of several programs or runs into one report",
	},
	{
		Name: "init", Run: runInit,
		Usage:   "init [--exec 'CMD'] [--dir DIR]",
		Summary: "writes an example file of known failures, and CI jobs for GitHub Actions and GitLab",
	},
}}

func main() { os.Exit(tool.Main()) }
