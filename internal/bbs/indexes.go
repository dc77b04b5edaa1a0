package bbs

// undisclosed returns the indexes below total that are not disclosed, which
// must ascend and be below it too.
func undisclosed(disclosed []int, total int) ([]int, error) {
	if len(disclosed) > total {
		return nil, ErrIndexes
	}
	others := make([]int, 0, total-len(disclosed))
	next := 0
	for _, index := range disclosed {
		if index < next || index >= total {
			return nil, ErrIndexes
		}
		for ; next < index; next++ {
			others = append(others, next)
		}
		next++
	}
	for ; next < total; next++ {
		others = append(others, next)
	}
	return others, nil
}

// checkDisclosed looks at what a proof is shown with before any work is done.
func checkDisclosed(disclosed []int, messages [][]byte, total int) error {
	if total > MaxMessages {
		return ErrTooMany
	}
	if len(disclosed) != len(messages) {
		return ErrIndexes
	}
	_, err := undisclosed(disclosed, total)
	return err
}

// pick returns the elements at indexes.
func pick[T any](all []T, indexes []int) []T {
	picked := make([]T, len(indexes), len(indexes)+1)
	for i, index := range indexes {
		picked[i] = all[index]
	}
	return picked
}
