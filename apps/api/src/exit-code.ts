/** `EX_CONFIG` of sysexits.h: the environment is wrong, so an edit of the code cannot make this backend start. */
export const WRONG_ENVIRONMENT = 78;
