import {operations} from './operations.js';
import {serve} from '../line.mjs';

await serve(operations);
