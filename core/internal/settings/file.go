package settings

import (
	"github.com/samespan/samespan/core/declared"
	"github.com/samespan/samespan/internal/env"
)

// readFile reads the configuration file of source, if there is one. After that, e reads
// the file's values in place of the variables.
func (e *environment) readFile(source declared.Source) declared.File {
	if source == nil {
		for _, variable := range []string{declared.VariableFile, "OTEL_EXPERIMENTAL_CONFIG_FILE"} { // the second is the former name
			name, ok := e.vars.Lookup(variable)
			if !ok {
				continue
			}
			e.addVariableError(&env.Invalid{
				Name: variable, Value: name, Problem: "this service does not read configuration files",
				Want: "the variable unset, or the option configfile.FromEnvironment() of github.com/samespan/samespan/core/configfile in the call of core.Setup",
			})
		}
		return declared.File{}
	}
	file, problems := source()
	for _, problem := range problems {
		e.addError(problem)
	}
	if len(problems) > 0 {
		e.vars = env.File(declared.VariableFile, nil) // do not check the variables that the file would replace
	}
	if file == nil {
		return declared.File{}
	}
	settings := make(map[string]env.Setting, len(file.Settings))
	for name, setting := range file.Settings {
		settings[name] = env.Setting(setting)
	}
	e.vars = env.File(file.Name, settings)
	return *file
}
