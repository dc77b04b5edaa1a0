//go:build otel

package tracing

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// samplers are those that the library knows.
var samplers = []string{
	"", "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
}

func checkSampler() error {
	if !slices.Contains(samplers, strings.ToLower(variable("OTEL_TRACES_SAMPLER"))) {
		return errors.New("OTEL_TRACES_SAMPLER is none of " + strings.Join(samplers[1:], ", "))
	}
	arg := variable("OTEL_TRACES_SAMPLER_ARG")
	share, err := strconv.ParseFloat(arg, 64)
	if within := err == nil && share >= 0 && share <= 1; arg != "" && !within { // nor is it NaN
		return errors.New("OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1")
	}
	return nil
}

func checkBatches() error {
	for _, name := range []string{"OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"} {
		value := variable(name)
		if _, err := strconv.ParseUint(value, 10, 31); value != "" && err != nil {
			return errors.New(name + " is not a number")
		}
	}
	return nil
}

func checkAttributes() error {
	const name = "OTEL_RESOURCE_ATTRIBUTES"
	for one := range strings.SplitSeq(variable(name), ",") {
		_, value, named := strings.Cut(one, "=")
		if _, err := url.PathUnescape(value); variable(name) != "" && (!named || err != nil) {
			return errors.New(name + " is not NAME=VALUE, or several of them with commas between, as in a URL")
		}
	}
	return nil
}
